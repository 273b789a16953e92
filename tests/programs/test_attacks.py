"""What is meant to do harm fails with an error and a hint, and everything else goes on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

import flourishing as fl
from flourishing.programs import raster, wall
from flourishing.programs.worker_files import folder, walled
from tests.marks import first_cases

GOOD = "def draw():\n    circle(0, 0, 3)\n    line(0, 0, 9, 9)"
PATIENCE = 10
"""Seconds; far more than the two that are promised, since other tests take the processors."""


def program(*lines: str) -> str:
    return "def draw():\n" + "\n".join(f"    {line}" for line in lines)


ATTACKS = {
    "an endless loop": (program("while True:", "    pass"), "too slow"),
    "a loop that catches its end": (
        program("while True:", "    try:", "        while True:", "            pass")
        + "\n        except BaseException:\n            pass",
        "too slow",
    ),
    "endless recursion": (program("draw()"), "deep"),
    "ten gigabytes": (program("x = [0]*10**10"), "MB"),
    "ten gigabytes, slowly": (program("x = []", "while True:", "    x.append('a'*1000)"), "MB"),
    "an enormous power": (program("x = 10**(10**7)"), "too slow"),
    "a power of powers": (program("x = 9**9**9"), "MB"),
    "a string of a terabyte": (program("x = 'a'*10**12"), "MB"),
    "a formatted string of a terabyte": (program("x = f'{1:>1000000000000}'"), "MB"),
    "an import of os": (program("import os", "os.remove('x')"), "imports os"),
    "an import from a package": (program("from os.path import join"), "imports os.path"),
    "an import of everything": (program("from math import *"), "imports everything"),
    "an import at the top": ("import socket\n" + GOOD, "imports socket"),
    "an import by its function": (program("__import__('os')"), "names __import__"),
    "open": (program("open('/etc/passwd').read()"), "names open"),
    "a walk over classes": (program("().__class__.__base__.__subclasses__()"), "names __"),
    "a walk by a string": (program("getattr((), '__cla' + 'ss__')"), "names getattr"),
    "a walk by format": (program("circle(0, 0, '{0.__class__}'.format(1))"), ""),
    "eval": (program("eval('1')"), "names eval"),
    "eval by another name": (program("f = eval", "f('1')"), "names eval"),
    "printing without end": (program("while True:", "    print('x'*1000)"), "prints without end"),
    "shapes without end, its end caught": (
        program("while True:", "    try:", "        circle(0, 0, 1)")
        + "\n        except ValueError:\n            pass",
        "too slow",
    ),
    "frames without end": (program("while True:", "    frame()"), "too slow"),
    "one list within another": (
        program("x = [0]*100", "for i in range(9):", "    x = [x]*100", "return x"),
        "",
    ),
    "a list within itself": (program("x = []", "x.append(x)", "return x"), ""),
    "a last value of its own": ("x = [0]*10\nprint(x)\nx", "no function draw"),
    "a value after draw": (GOOD + "\n[[0]*100]*100", "outside a function"),
    "a wrong shape": (program("return [('bomb', 1)]"), "no shape"),
    "a wrong type": (program("circle('here', 0, 1)"), "needs 2 numbers"),
    "a list for a number": (program("circle([1], 0, 1)"), "needs 2 numbers"),
    "a text for a number": (program("polygon([('a', 0)])"), "where a number should"),
    "a number too large": (program("circle(1e300, 0, 1)"), "too large"),
    "no number": (program("circle(float('nan'), 0, 1)"), "none at all"),
    "a long number": (program("circle(9**9**5, 0, 1)"), ""),
    "a complex number": (program("circle(1j, 0, 1)"), ""),
    "a function for a colour": (program("circle(0, 0, 1, sin)"), ""),
    "no colour": (program("circle(0, 0, 1, 'javascript:alert(1)')"), "no colour"),
    "a long colour": (program("circle(0, 0, 1, '#'*1000000)"), ""),
    "no note": (program("note('H9')"), "no note"),
    "nothing": (program("pass"), "draws nothing"),
    "nothing but a number": (program("return 3"), "draws nothing"),
    "another draw": (program("pass") + "\ndef _done(x):\n    return [x]*10000", ""),
    "helpers of its own": ("def f():\n    pass\n_json = 3\n_done = f\n" + GOOD, ""),
    "no program": ("the fog comes", "does not parse"),
    "a long program": (program(*["circle(0, 0, 1)"] * 1000), "characters"),
    "a large tree": (program("x = [" + ",".join(["-1"] * 1100) + "]"), "terms"),
    "a deep tree": (program("x = " + "(" * 150 + "1" + ")" * 150 + " + -" + "-" * 90 + "1"), ""),
    "zeros": (program("x = '\0'"), ""),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_an_error_with_a_hint(name: str) -> None:
    text, said = ATTACKS[name]
    begun = time.monotonic()
    with pytest.raises(fl.FlourishingError) as refused:
        fl.render(text, kind="program")
    assert time.monotonic() - begun < PATIENCE
    assert said in str(refused.value)
    assert refused.value.hint
    assert len(str(refused.value)) < 300


def test_everything_else_goes_on_beside_attacks() -> None:
    def attack() -> None:
        with pytest.raises(fl.FlourishingError):
            fl.render(ATTACKS["an enormous power"][0], kind="program")

    others = [threading.Thread(target=attack) for _ in range(3)]
    for each in others:
        each.start()
    assert fl.render(GOOD, size=8).image.size == (8, 8)
    for each in others:
        each.join()
    assert fl.render(GOOD, size=8).image.size == (8, 8)
    assert list(folder().iterdir()) == []


@pytest.mark.parametrize("size", [0, 10**9, -1])
def test_a_size_that_cannot_be_is_refused_before_anything_runs(size: int) -> None:
    with pytest.raises(fl.RenderError, match="size"):
        fl.render(ATTACKS["an endless loop"][0], kind="program", size=size)


def children() -> set[int]:
    found = set()
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, rest = each.read_text().rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == os.getpid() and rest.split()[0] != "Z":
            found.add(int(each.parent.name))
    return found


def sandboxes() -> set[int]:
    return {pid for pid in children() if "monty" in Path(f"/proc/{pid}/cmdline").read_text()}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_worker_that_dies_is_replaced() -> None:
    before = children()
    assert fl.render(GOOD, size=9).data
    workers = children() - before or sandboxes()
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    for size in (10, 11):  # the first may still find the worker that died
        with suppress(fl.RenderError):
            fl.render(GOOD, size=size)
    assert fl.render(GOOD, size=12).data


@pytest.mark.skipif(sys.platform == "win32", reason="uses a script of the shell")
@pytest.mark.parametrize("target", first_cases(1, ["exit 1", None]))
def test_a_sandbox_that_does_not_start_is_said_to_be_the_cause(
    tmp_path: Path, target: str | None
) -> None:
    script = tmp_path / "monty"
    if target is not None:
        script.write_text(f"#!/bin/sh\n{target}\n", encoding="utf-8")
        script.chmod(0o700)
    code = f"import flourishing as fl\nfl.render({GOOD!r}, kind='program')"
    environment = {**os.environ, "MONTY_BIN": str(script)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert "The sandbox for programs cannot be started" in done.stderr


linux = pytest.mark.skipif(sys.platform != "linux", reason="asks for what Linux offers")


def behind(code: str) -> str:
    """Run Python behind the wall, and give the last line of what it says."""
    script = [walled(sys.executable), "-I", "-S", "-c", code]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@linux
def test_no_file_is_written_or_read_behind_the_wall(tmp_path: Path) -> None:
    if not wall.landlock_version():
        pytest.skip("This kernel has no Landlock.")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    tool = Path("/usr/bin/cat")
    done = subprocess.run([walled(str(tool)), str(secret)], capture_output=True, check=False)
    assert (done.stdout, b"denied" in done.stderr) == (b"", True)
    touched = subprocess.run(
        [walled("/usr/bin/touch"), str(tmp_path / "new")], capture_output=True, check=False
    )
    assert touched.returncode != 0
    assert not (tmp_path / "new").exists()


@linux
def test_the_environment_is_empty_behind_the_wall() -> None:
    done = subprocess.run(
        [walled("/usr/bin/env")],
        capture_output=True,
        check=False,
        env={"FLOURISHING_API_KEY": "secret"},
    )
    assert done.stdout == b""


@linux
def test_no_socket_is_opened_in_a_restricted_process(tmp_path: Path) -> None:
    if os.uname().machine not in ("x86_64", "aarch64"):
        pytest.skip("No numbers of system calls are known for this machine.")
    code = (
        "import socket, sys; sys.path.extend(sys.argv[1:]); import wall; wall.raise_wall()\n"
        "try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "except OSError as error: print('refused', error.errno)"
    )
    place = str(Path(wall.__file__).parent)
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, place], capture_output=True, text=True, check=False
    )
    assert done.stdout == "refused 1\n", done.stderr
    with socket.socket() as still:
        assert still.fileno() >= 0  # the wall is around the other process alone


def test_which_walls_there_are_is_said_in_a_sentence() -> None:
    assert wall.kept_out().startswith("Programs run in a language sandbox")


def test_what_cannot_be_drawn_ends_the_worker_that_draws_and_no_more() -> None:
    with pytest.raises(fl.RenderError, match="cannot be drawn"):
        raster.png("<svg", 10)
    assert raster.png('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>', 10)


def test_where_the_library_that_draws_panics_its_words_are_not_shown() -> None:
    circle = '<circle r="99999" stroke="red" stroke-width="99999"/>'
    scale = '<g transform="scale(1e5)">'
    with pytest.raises(fl.RenderError, match=r"^It cannot be drawn\.$") as refused:
        fl.render(drawing(f"{scale}{scale}{circle}</g></g>"), size=8)
    assert "very large" in refused.value.hint


def drawing(inside: str, head: str = 'viewBox="0 0 100 100"') -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{inside}</svg>'


DISC = '<circle cx="50" cy="50" r="30" fill="red"/>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DRAWINGS = {
    "an entity bomb": (
        f'<!DOCTYPE svg [<!ENTITY l0 "ha">{LAUGHS}]>' + drawing(DISC + "&l9;"),
        "an entity",
    ),
    "an entity of a file": (
        '<!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + drawing(DISC + "&f;"),
        "an entity",
    ),
    "a document type": ('<!DOCTYPE svg SYSTEM "http://127.0.0.1/x.dtd">' + drawing(DISC), "type"),
    "a script": (drawing(DISC + "<script>alert(1)</script>"), "<script>"),
    "a script in capitals": (drawing(DISC + "<SCRIPT>alert(1)</SCRIPT>"), "<script>"),
    "a script within a group": (drawing(f"<g><g>{DISC}<script/></g></g>"), "<script>"),
    "an event": (drawing('<circle r="9" onload="alert(1)"/>'), "onload"),
    "a link": (drawing(f'<a href="javascript:alert(1)">{DISC}</a>'), "<a>"),
    "an external image": (drawing('<image href="http://127.0.0.1/x.png"/>'), "<image>"),
    "an image of a file": (drawing('<image href="file:///etc/passwd"/>'), "<image>"),
    "an image in itself": (drawing('<image href="data:image/png;base64,AA"/>'), "<image>"),
    "a foreign object": (drawing("<foreignObject><p/></foreignObject>"), "<foreignobject>"),
    "a style sheet": (drawing(DISC + "<style>@import 'http://127.0.0.1/x.css'</style>"), "<style>"),
    "a fill from outside": (drawing('<circle r="9" fill="url(http://127.0.0.1/#a)"/>'), "outside"),
    "a style from outside": (
        drawing('<circle r="9" style="fill: url( //127.0.0.1/x )"/>'),
        "outside",
    ),
    "a use of itself": (drawing('<g id="a"><use href="#a"/></g>'), "<use>"),
    "a million elements": (drawing("<g/>" * 4_000), "characters"),
    "elements without number": (drawing("<g/>" * 2_000), "elements"),
    "elements without depth": (drawing("<g>" * 400 + DISC + "</g>" * 400), "levels"),
    "numbers that grow in value": (drawing('<circle r="1e99"/>', 'viewBox="0 0 1e99 1e99"'), ""),
    "a view without area": (drawing(DISC, 'viewBox="0 0 0 0"'), "no area"),
    "a view of no numbers": (drawing(DISC, 'viewBox="a b c d"'), "four numbers"),
    "what is cut off": ('<svg><circle r="9"', "no XML"),
    "another namespace": ('<x xmlns="urn:x"/>', "no SVG"),
    "nothing": (drawing(""), "draws nothing"),
    "words": ("the fog comes", "no XML"),
    "zeros": ("<svg>\0</svg>", "no XML"),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_an_attack_by_a_drawing_is_an_error_with_a_hint(name: str) -> None:
    text, said = DRAWINGS[name]
    begun = time.monotonic()
    with pytest.raises(fl.FlourishingError) as refused:
        fl.render(text, kind="drawing")
    assert time.monotonic() - begun < PATIENCE
    assert said in str(refused.value)
    assert refused.value.hint
    assert len(str(refused.value)) < 300


BOMBS = {
    "a long path": f'<path d="M0 0{"L9 9" * 2_500}" stroke="red"/>',
    "short dashes": '<path d="M0 0H99999" stroke="red" stroke-dasharray="0.0000001"/>' + DISC,
    "a path of many signs": f'<path d="{"-" * 9_000}"/>' + DISC,
    "a transform of many signs": f'<g transform="{"rotate(1) " * 900}">{DISC}</g>',
    "a colour of many signs": f'<circle r="9" fill="rgb({"1" * 9_000}"/>' + DISC,
    "a number of many signs": f'<circle r="{"1" * 5_000}x"/>' + DISC,
    "a regular expression bomb": f'<circle r="9" style="{"fill:url( " * 1_000}"/>' + DISC,
    "a large circle": '<circle r="99999" stroke="red" stroke-width="99999"/>',
    "gradients in a ring": '<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/>'
    '<circle r="50" fill="url(#a)"/>' + DISC,
    "a gradient that is not there": '<circle r="50" fill="url(#nowhere)"/>' + DISC,
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_only_large_is_drawn_or_refused(name: str) -> None:
    begun = time.monotonic()
    try:
        assert fl.render(drawing(BOMBS[name]), kind="drawing", size=64).data
    except fl.RenderError as error:
        assert error.hint  # noqa: PT017 - either will do
    assert time.monotonic() - begun < PATIENCE


def test_a_billion_pixels_are_refused() -> None:
    with pytest.raises(fl.RenderError, match="size"):
        fl.render(drawing(DISC), size=10**9)
    huge = drawing(DISC, 'width="1000000000" height="1000000000" viewBox="0 0 100 100"')
    assert fl.render(huge, size=16).image.size == (16, 16)
