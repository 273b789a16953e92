"""The page that asks for the token: one file without scripts, which needs nothing else.

Whoever sees it has shown nothing yet, so it says nothing of the garden. Its style is allowed by its
digest, and its form may only be sent to this server.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final
from urllib.parse import parse_qs

from fastapi.responses import HTMLResponse

PATH: Final = "/login"
"""Where the form is sent."""
LARGEST_FORM: Final = 8_192
"""Bytes of the form; a token and an address have fewer."""

_STYLE: Final = """
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 1.5rem;
  font: 1rem/1.5 system-ui, sans-serif;
  color: light-dark(#29251f, #e9e2d4);
  background: light-dark(#faf7f0, #1a1916);
}
main { width: 100%; max-width: 30rem; }
h1 {
  margin: 0 0 1rem;
  font: italic 400 2rem/1.2 "EB Garamond", "Iowan Old Style", Georgia, serif;
  color: light-dark(#43622f, #a6c68b);
}
p { margin: 0 0 1rem; }
code { font: 0.9375em/1.4 ui-monospace, Menlo, Consolas, monospace; white-space: nowrap; }
label { display: block; margin-bottom: 0.35rem; font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: 0.5rem; }
input {
  flex: 1 1 14rem;
  min-width: 0;
  min-height: 2.75rem;
  padding: 0.4rem 0.7rem;
  font: inherit;
  color: inherit;
  background: light-dark(#fffdf9, #22201c);
  border: 1px solid light-dark(#918775, #7a7264);
  border-radius: 3px;
}
button {
  min-height: 2.75rem;
  padding: 0.4rem 1.2rem;
  font: inherit;
  color: light-dark(#fffdf9, #1a1916);
  background: light-dark(#43622f, #a6c68b);
  border: 0;
  border-radius: 3px;
  cursor: pointer;
}
:focus-visible { outline: 2px solid light-dark(#43622f, #a6c68b); outline-offset: 2px; }
.soft { color: light-dark(#5f584d, #b3aa9a); }
.note { color: light-dark(#43622f, #a6c68b); }
.problem {
  padding: 0.6rem 0.8rem;
  color: light-dark(#80490b, #e0b06b);
  background: light-dark(#f9edd8, #33291a);
  border-radius: 3px;
}
""".strip()
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    # With no referrer at all, a browser also leaves the origin out of the form, which is asked for.
    "Referrer-Policy": "strict-origin",
}
WRONG: Final = "That is not the token of this studio. A new one is made at each start."
"""What is said where a token was shown, but not the right one."""
OUT: Final = "You are logged out of this studio."
"""What is said after that."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Open the studio – Flourishing</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Flourishing</h1>
{problem}<p>This studio asks for its token. Open the address that the terminal printed when it was \
started, which ends in <code>?token=…</code>, or paste the token here.</p>
<form method="post" action="{path}">
<input type="hidden" name="next" value="{next}">
<label for="token">Token, or the whole address</label>
<div class="row">
<input id="token" name="token" type="password" required autofocus autocomplete="off" \
spellcheck="false">
<button>Open</button>
</div>
</form>
<p class="soft"><br>No terminal at hand? Start the studio again with <code>flourishing</code>: it \
opens the page by itself. What you kept is in the garden.</p>
</main>
</body>
</html>
"""
_AGAIN: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0">
<title>Flourishing</title>
</head>
<body></body>
</html>
"""


def page(next_path: str = "/", problem: str = "", status: int = 401) -> HTMLResponse:
    """Give the page that asks for the token.

    Args:
        next_path: Where it leads once the right token was given.
        problem: What was wrong before, in plain words; empty for nothing.
        status: The status of the answer.
    """
    kind = "note" if problem == OUT else "problem"
    said = f'<p class="{kind}" role="alert">{escape(problem)}</p>\n' if problem else ""
    content = _PAGE.format(style=_STYLE, problem=said, path=PATH, next=escape(here(next_path)))
    return HTMLResponse(content, status_code=status, headers=HEADERS)


def again() -> HTMLResponse:
    """Give a page that asks for the same address again, as this site itself.

    A browser keeps a strict cookie back when a link of another site, or a file, leads here; from a
    page of this site it sends it.
    """
    return HTMLResponse(_AGAIN, status_code=401, headers=HEADERS)


def read_form(body: bytes) -> tuple[str, str]:
    """Read the form: the token, also out of the address that holds it, and where to go on.

    Args:
        body: The form, as it was sent.
    """
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    token = fields.get("token", [""])[0].strip()
    if "token=" in token:
        token = parse_qs(token.partition("?")[2]).get("token", [""])[0]
    return token, here(fields.get("next", ["/"])[0])


def here(path: str) -> str:
    """Give a path of this server, with its query; what leads to another server is made one.

    Args:
        path: The path.
    """
    if any(ord(each) < 32 for each in path):
        return "/"
    path, mark, query = path.replace("\\", "/").partition("?")
    path = "/" + path.lstrip("/")  # two slashes would lead to another host
    return "/" if path.rstrip("/") == PATH else path + mark + query
