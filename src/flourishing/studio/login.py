"""Logging in: the token, the sessions of browsers, and the login page.

A browser that has shown the token has a session, and a cookie that names it. The cookie is not the
token: it opens this one server, until it ends, the person logs out, or a month has passed. Only the
digest of a session's name is kept, so that nobody who sees the memory of the server can take a
session over.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections import deque
from html import escape
from typing import Final
from urllib.parse import parse_qs

from fastapi.responses import HTMLResponse

from flourishing.errors import FlourishingError

LASTS: Final = 30 * 24 * 60 * 60
"""Seconds that a session lasts."""
MOST_SESSIONS: Final = 500
"""So many sessions are remembered; beyond them the oldest ends."""
MOST_WRONG: Final = 30
"""So many wrong tokens are looked at in a minute, where the token is short enough to be guessed."""
_SHORT: Final = 16
_MINUTE: Final = 60.0


class TooManyWrongError(FlourishingError):
    """Too many wrong tokens were shown for another to be looked at."""


class Sessions:
    """The sessions of one server.

    Args:
        token: What has to be shown; None where nobody is asked for one.
    """

    def __init__(self, token: str | None) -> None:
        self._token = None if token is None else token.encode("utf-8", "replace")
        self._ends: dict[str, float] = {}
        self._wrong: deque[float] = deque()

    def is_token(self, shown: str) -> bool:
        """Say whether this is the token.

        A token that was made by chance cannot be guessed. A short one, which a person chose, could
        be: while too many wrong ones came, none is looked at.

        Args:
            shown: What was shown.

        Raises:
            TooManyWrongError: Too many wrong ones were shown in the last minute.
        """
        if self._token is None or not shown:
            return False
        now = time.monotonic()
        while self._wrong and now - self._wrong[0] > _MINUTE:
            self._wrong.popleft()
        if len(self._token) < _SHORT and len(self._wrong) >= MOST_WRONG:
            raise TooManyWrongError("Too many wrong tokens were shown.", hint="Wait for a minute.")
        if hmac.compare_digest(shown.encode("utf-8", "replace"), self._token):
            return True
        if len(self._wrong) < MOST_WRONG:
            self._wrong.append(now)
        return False

    def begin(self) -> str:
        """Begin a session; gives the name that its cookie carries."""
        now = time.monotonic()
        self._ends = {key: ends for key, ends in self._ends.items() if ends > now}
        while len(self._ends) >= MOST_SESSIONS:
            del self._ends[next(iter(self._ends))]
        name = secrets.token_urlsafe(32)
        self._ends[_key(name)] = now + LASTS
        return name

    def find(self, name: str) -> str | None:
        """Give the key of the session of this name; None if there is none, or it has ended.

        Args:
            name: The name, as the cookie has it.
        """
        key = _key(name)
        return key if name and self._ends.get(key, 0.0) > time.monotonic() else None

    def end(self, key: str) -> None:
        """End the session of this key.

        Args:
            key: The key of the session.
        """
        self._ends.pop(key, None)

    def keys(self) -> list[str]:
        """Give the keys of all sessions."""
        return list(self._ends)


def _key(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


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
