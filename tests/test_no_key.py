"""No key is ever to be seen: one is planted, everything is done with it, and it is looked for.

It is looked for in all that was said, in the log of everything that logs, and in every file that
was written, also packed, and also in the forms in which a key goes over a wire.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from flourishing.garden import Garden
from tests.marks import first_cases, slow_cases
from tests.models.server import Server

KEY = "sk-planted+7f3a/9c51==Zq&x"
"""It has what changes when it is written in another form."""
TYPED = "\n1 2\nk1\nprompt\nf2\n\nw\nq\n"
BAD = (
    *("unauthorised", "poor", "unknown", "limited_for_hours", "fails_always", "web_page_error"),
    *("elsewhere", "next_door", "in_circles", "drops", "breaks_within", "broken_json", "chat"),
)
_RUNNING = """
import io, json, logging, sys
logging.basicConfig(filename=sys.argv[1], level=logging.NOTSET, force=True)
import httpx2, httpcore2, hpack, h2  # before, so that nothing is asked of a log that is not there
for name in list(logging.root.manager.loggerDict):
    logging.getLogger(name).setLevel(logging.DEBUG)
import keyring, stamina
from keyring.backend import KeyringBackend

key, asked = sys.argv[2:]

class Planted(KeyringBackend):
    priority = 1
    def get_password(self, service, username):
        return key if (service, username) == ("planted", "me") else None
    def set_password(self, service, username, password):
        raise NotImplementedError
    def delete_password(self, service, username):
        raise NotImplementedError

keyring.set_keyring(Planted())
stamina.set_testing(True, attempts=2)
from flourishing.cli import main
codes = []
for words, typed in json.load(open(asked)):
    sys.argv[1:] = words
    sys.stdin = io.StringIO(typed)
    try:
        main()
        codes.append(0)
    except SystemExit as end:
        codes.append(end.code or 0)
sys.stdout.flush()
print("\\n" + json.dumps(codes))
"""


def forms(key: str) -> set[bytes]:
    """Give a key in every form in which it might lie about."""
    plain = key.encode()
    found = {plain, plain[::-1], plain.hex().encode(), key.encode("utf-16-le")}
    found |= {quote(key, safe="").encode(), quote_plus(key).encode()}
    found |= {json.dumps(key)[1:-1].encode(), key.replace("&", "&amp;").encode()}
    for before in range(3):  # where in a longer text it begins decides what its letters become
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(b"\0" * before + plain)[4 : len(plain) * 4 // 3 - 4])
    return found


def seen(content: bytes) -> bool:
    """Say whether the key is to be seen in what was written, packed or not."""
    return any(form in part for part in unpacked(content) for form in forms(KEY))


def unpacked(content: bytes) -> Iterable[bytes]:
    """Give what was written, and what is packed in it: as a book is, or a page for printing."""
    yield content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


@dataclass(frozen=True, slots=True)
class House:
    """A computer of its own, with its folders, that runs commands."""

    root: Path
    server: Server
    place: str

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    def model(self, behaviour: str) -> str:
        """Name the model of a server that behaves so; its key is in this place."""
        base = self.server.base(behaviour)
        return f"{base}#babble" if self.place == "address" else behaviour

    def run(self, commands: Sequence[tuple[Sequence[str], str]]) -> tuple[list[int], bytes]:
        """Run commands in a process; give their exit codes, and all that was said."""
        asked = self.root / "commands.json"
        asked.write_text(json.dumps(commands), encoding="utf-8")
        keys = {"address": "FLOURISHING_API_KEY", "key_env": "PLANTED_KEY"}
        key = {keys[self.place]: KEY} if self.place in keys else {}
        folders = {
            **dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(self.root)),
            "FLOURISHING_CONFIG": str(self.config),
            "FLOURISHING_DATA": str(self.root / "data"),
            "FLOURISHING_CACHE": str(self.root / "cache"),
            "FLOURISHING_GARDEN": str(self.root / "garden.db"),
        }
        own = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        # The key of the keyring comes with the command, which no file has.
        words = [str(self.root / "log.txt"), KEY if self.place == "keyring" else "", str(asked)]
        done = subprocess.run(
            [sys.executable, "-c", _RUNNING, *words],
            env={**own, **folders, **key},
            cwd=self.root,
            capture_output=True,
            timeout=200,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said.decode()[-3000:]
        assert b"Traceback" not in said, said.decode()[-3000:]
        return json.loads(done.stdout.splitlines()[-1]), said

    def written(self) -> dict[str, bytes]:
        """Give every file that is there now."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    server = Server().start()
    yield server
    server.close()


@pytest.fixture(params=[*slow_cases(["address", "key_env"]), "keyring"])
def house(request: pytest.FixtureRequest, tmp_path: Path, server: Server) -> House:
    house = House(tmp_path, server, request.param)
    place = {"key_env": 'key_env = "PLANTED_KEY"', "keyring": 'keyring = "planted:me"'}
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    bases = {name: server.base(name) for name in ("good", *BAD)} | {"nobody": nobody}
    tables = (
        f'[models.{name}]\nendpoint = "{base}"\nmodel = "babble"\n{place[house.place]}\n'
        "input_price = 1\noutput_price = 2\n"
        for name, base in bases.items()
        if house.place in place
    )
    house.config.write_text("budget = 100\n" + "\n".join(tables), encoding="utf-8")
    return house


def good(model: str) -> list[tuple[Sequence[str], str]]:
    """Give the commands that must go well."""
    far = ("--model", model, "--seed", "1", "--refills", "0", "--max-tokens", "8")
    short = ("--model", model, "--max-tokens", "8")
    words = (
        ("complete", "|cat|dog|", "-n", "2", *short),
        ("complete", "|cat|dog|", "-n", "2", "--json", *short),
        ("breed", "cat", "dog", "-n", "3", "--bed", "one", "--spend", "50", *far),
        ("breed", "cat", "dog", "-n", "2", "--json", *far[:-2]),
        ("refine", "a dove", "-n", "2", *far),
        ("refine", "a dove", "-n", "2", "--json", *far[:-2]),
        ("models", "list"),
        ("models", "list", "--json"),
        ("models", "use", model),
        ("garden", "keep", "3"),
        ("garden", "list", "--json"),
        ("garden", "show", "3"),
        ("garden", "show", "3", "--json"),
        ("garden", "lineage", "3", "--json"),
        ("garden", "lineage", "3", "--html", "family.html"),
        ("share", "3", "-o", "shared.html", "--credit"),
        ("share", "3", "-o", "shared.txt", "--credit", "--scope", "family"),
        ("garden", "beds", "--json"),
        ("garden", "cost", "--json"),
        ("garden", "export", "poems"),
        ("garden", "export", "texts.jsonl", "--everything"),
        ("garden", "export", "chosen.jsonl", "--as", "preferences", "--passed"),
        *(
            ("garden", "chapbook", f"book.{kind}", "--title", "B")
            for kind in ("pdf", "epub", "html")
        ),
    )
    typed = ("breed", "cat", "dog", "-i", "-n", "6", "--seed", "1", "--model", model)
    return [(typed, TYPED), *((each, "") for each in words)]


@pytest.mark.process
def test_it_is_nowhere(house: House) -> None:
    bad = [house.model(name) for name in BAD]
    bad += ["nobody"] if house.place != "address" else ["http://127.0.0.1:9/v1#babble"]
    failing: list[tuple[Sequence[str], str]] = [
        (("breed", "cat", "dog", "-n", "2", "--json", "--model", model), "") for model in bad
    ]
    failing += [(("complete", "|cat|dog|", "--json", "--model", model), "") for model in bad]
    commands = [*good(house.model("good")), *failing]
    before = {name: len(calls) for name, calls in house.server.calls.items()}
    place = house.root / "garden.db"
    Garden(place).close()
    with closing(sqlite3.connect(place)) as open_all_the_while:  # as another program would
        open_all_the_while.execute("PRAGMA journal_mode = WAL")
        open_all_the_while.execute("SELECT count(*) FROM sqlite_master").fetchall()
        codes, said = house.run(commands)
        open_all_the_while.execute("SELECT count(*) FROM texts").fetchall()
        written = house.written()
    told = dict(zip([" ".join(words) for words, _ in commands], codes, strict=True))
    for (words, _), code in zip(commands[: -len(failing)], codes, strict=False):
        assert code == 0, (words, said.decode()[-3000:])
    assert [code for words, code in told.items() if "unauthorised" in words] == [1, 1]
    for name in ("good", "unauthorised", "fails_always", "elsewhere"):
        calls = house.server.calls[name][before.get(name, 0) :]
        assert any(KEY in call.headers.get("authorization", "") for call in calls), name
    assert {"garden.db", "log.txt", "family.html", "book.pdf"} <= written.keys()
    assert b"127.0.0.1" in written["log.txt"]
    assert len(written["garden.db"]) > 10_000
    assert not seen(said)
    assert [name for name, content in written.items() if seen(content)] == []


@pytest.mark.process
@pytest.mark.parametrize(
    "where", first_cases(1, ["[models.far]\nkey = {}", "api_key = {}", "[models]\nkey = {}"])
)
def test_one_that_stands_where_it_should_not_is_not_repeated(
    tmp_path: Path, server: Server, where: str
) -> None:
    house = House(tmp_path, server, "nowhere")
    house.config.write_text(where.format(json.dumps(KEY)), encoding="utf-8")
    names = [
        ("complete", "x", "--model", "far"),
        ("breed", "x", "--model", "far"),
        ("models", "list", "--json"),
    ]
    codes, said = house.run([(words, "") for words in names])
    assert codes[0] == codes[1] == 2
    assert not seen(said)
    written = {name: content for name, content in house.written().items() if name != "config.toml"}
    assert [name for name, content in written.items() if seen(content)] == []


@pytest.mark.process
@pytest.mark.parametrize(
    "address", first_cases(1, ["https://{}@host/v1#m", "https://host/v1?key={}#m"])
)
def test_one_in_an_address_is_not_repeated(tmp_path: Path, server: Server, address: str) -> None:
    house = House(tmp_path, server, "nowhere")
    asked = address.format(quote(KEY, safe=""))
    codes, said = house.run([(("complete", "x", "--model", asked), "")])
    assert codes == [2]
    assert not seen(said)


@pytest.mark.parametrize("form", sorted(forms(KEY)))
def test_it_would_be_found(form: bytes) -> None:
    assert seen(b"a line before\n" + form + b" and after")
    assert seen(b"%PDF\nstream\n" + zlib.compress(b"Bearer " + form) + b"\nendstream")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("page.html", form)
    assert seen(packed.getvalue())


def test_it_would_be_found_within_what_is_encoded() -> None:
    for before in range(6):
        assert seen(base64.b64encode(b"x" * before + b"Bearer " + KEY.encode() + b", more"))
    assert not seen(b"nothing of the kind" * 100)
