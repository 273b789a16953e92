"""The embedded model: how it loads, shares, stops, and refuses what is no model."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

import flourishing as fl
from flourishing import sync
from flourishing.core.sampling import Sampling
from flourishing.errors import EngineError, ModelError, ModelFileError, ModelNotFoundError
from flourishing.models import BaseModel, Completion, Usage, open_model
from flourishing.models.embedded import EmbeddedModel
from flourishing.models.engine import Engine
from tests.marks import first_cases, slow_cases

pytestmark = [pytest.mark.engine, pytest.mark.timeout(200)]

ANIMALS = "|cat|elephant|rabbit|dog|"


async def used(model: BaseModel, prompt: str) -> Usage:
    events = model.complete(prompt, n=2, sampling=Sampling(max_tokens=4), stop=(), seed=1)
    async with aclosing(events):
        return [event async for event in events if isinstance(event, Usage)][-1]


def still_writes(model: BaseModel) -> bool:
    return len(fl.base_model(ANIMALS, responses=2, max_tokens=4, model=model)) == 2


# What it remembers.


def test_a_prompt_that_was_appended_to_costs_only_its_new_end(local: BaseModel) -> None:
    prompt = " ".join(f"Line {number} of a song about rain." for number in range(30))
    first = sync.run(used(local, prompt))
    second = sync.run(used(local, prompt + " And one more line about the snow."))
    assert second.prompt > first.prompt
    assert second.cached >= first.prompt - 16


# Loading.


def test_many_threads_load_it_once(tiny_weights: Path) -> None:
    found: list[threading.Thread] = []

    def find() -> Path:
        found.append(threading.current_thread())
        return tiny_weights

    model = EmbeddedModel("counted", find)
    assert not model.ready
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: sync.run(model.load()), range(6)))
    assert model.ready
    assert len(found) == 1
    assert still_writes(model)
    close(model)


def close(model: EmbeddedModel) -> None:
    engine = model._engine
    assert engine is not None
    engine.close()


def test_a_closed_model_is_an_error_in_words(tiny_weights: Path) -> None:
    engine = Engine(tiny_weights)
    engine.close()
    with pytest.raises(EngineError, match="closed") as refusal:
        engine.next_token([2], 1, threading.Event())
    assert refusal.value.hint


def test_a_model_under_another_path_writes_the_same(tiny_weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "other name.gguf"
    path.write_bytes(tiny_weights.read_bytes())
    models = [open_model(str(tiny_weights)), open_model(str(path))]
    assert models[0] is not models[1]
    assert models[1].name.endswith(".gguf")
    texts = [
        fl.base_model(ANIMALS, responses=2, seed=3, max_tokens=6, stop=[], model=each)
        for each in models
    ]
    assert texts[0] == texts[1]
    for each in models:
        assert isinstance(each, EmbeddedModel)
        close(each)


# Files that are no models.


@pytest.mark.parametrize(
    ("size", "kind"),
    first_cases(1, [(None, ModelNotFoundError), (0, ModelFileError), (50_000, ModelFileError)]),
    ids=["missing", "empty", "truncated"],
)
def test_a_file_that_is_no_model_is_one_clear_error_and_hurts_no_other(
    local: BaseModel,
    tiny_weights: Path,
    tmp_path: Path,
    size: int | None,
    kind: type[ModelError],
) -> None:
    path = tmp_path / "bad.gguf"
    if size is not None:
        with tiny_weights.open("rb") as whole:
            path.write_bytes(whole.read(size))
    for _ in range(2):
        with pytest.raises(kind) as refusal:
            fl.base_model(ANIMALS, model=str(path))
        assert str(path) in str(refusal.value)
        assert refusal.value.hint
    assert still_writes(local)


def test_a_file_that_only_begins_like_a_model_is_refused(local: BaseModel, tmp_path: Path) -> None:
    path = tmp_path / "noise.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + bytes(range(256)) * 400)
    with pytest.raises(ModelFileError) as refusal:
        fl.base_model(ANIMALS, model=str(path))
    assert str(path) in str(refusal.value)
    assert still_writes(local)


def test_what_cannot_be_loaded_may_be_loaded_once_it_is_there(
    tiny_weights: Path, tmp_path: Path
) -> None:
    path = tmp_path / "late.gguf"
    model = EmbeddedModel.from_file(path)
    with pytest.raises(ModelNotFoundError):
        sync.run(model.load())
    path.symlink_to(tiny_weights)
    assert still_writes(model)
    close(model)


# What goes in.


@pytest.mark.parametrize("k", [0, -1])
def test_fewer_than_one_next_token_is_refused(local: BaseModel, k: int) -> None:
    with pytest.raises(fl.InputError) as refusal:
        fl.next_token("fog", k=k, model=local)
    assert refusal.value.hint


@pytest.mark.slow
def test_more_next_tokens_than_there_are_gives_all(tiny_weights: Path) -> None:
    model = EmbeddedModel.from_file(tiny_weights)
    for _ in range(100):  # half of its tokens are parts of characters, and it draws one each time
        tokens = fl.next_token("fog", k=10**7, model=model)
        assert model._engine is not None
        assert len(tokens) == model._engine.vocabulary_size
    close(model)


def test_a_surrogate_is_an_error_in_words_wherever_text_goes_in(local: BaseModel) -> None:
    with pytest.raises(fl.FlourishingError):
        fl.next_token("\ud800", model=local)
    with pytest.raises(fl.FlourishingError):
        fl.logprobs("fog", ["\ud800"], model=local)
    with pytest.raises(fl.FlourishingError):
        fl.base_model("fog", stop=["\ud800"], model=local)


# The engine's own listener.


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/completions", {"prompt": "a", "max_tokens": 1}),
        ("POST", "/completion", {"prompt": "a", "n_predict": 1}),
        ("POST", "/tokenize", {"content": "a"}),
        ("GET", "/slots", None),
        ("POST", "/slots/0?action=erase", {}),
        ("GET", "/metrics", None),
        ("GET", "/props", None),
    ],
)
@pytest.mark.parametrize("key", [None, "", "no such key"])
def test_the_engines_listener_answers_nobody_else(
    english: EmbeddedModel,
    method: str,
    path: str,
    body: dict[str, object] | None,
    key: str | None,
) -> None:
    assert english._engine is not None
    address = english._engine._address
    assert address.hostname in {"127.0.0.1", "::1", "localhost"}
    connection = http.client.HTTPConnection(address.hostname, address.port or 0, timeout=30)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status in {401, 403}


# In a process of its own.


def run(script: str, *, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a script as somebody would, its output piped."""
    return subprocess.run(
        [sys.executable, "-c", script],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"FLOURISHING_MODEL": "local"},
    )


def test_loading_and_writing_print_nothing_when_piped() -> None:
    done = run(
        "import flourishing as fl\n"
        f"texts = fl.base_model({ANIMALS!r}, responses=2, max_tokens=4)\n"
        "assert len(texts) == 2\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_truncated_model_prints_nothing_but_its_error(tiny_weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    with tiny_weights.open("rb") as whole:
        path.write_bytes(whole.read(50_000))
    done = run(
        "import flourishing as fl\n"
        "try:\n"
        f"    fl.base_model('a', model={str(path)!r})\n"
        "except fl.ModelFileError as error:\n"
        "    print(error)\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"llama.cpp cannot load {path}: tensor ")
    assert done.stdout.count("\n") == 1


INTERRUPTED = """
import os, signal, sys, threading
import flourishing as fl

fl.base_model("|cat|dog|", max_tokens=2)
for words in sys.stdin:
    work = compile(words, "work", "eval")  # interrupted as a string, it would end the process
    threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        eval(work)
    except KeyboardInterrupt:
        print("interrupted", end=", ")
    print(len(fl.base_model("|cat|dog|", responses=2, max_tokens=4)))
"""
WORKS = {
    "writing": "fl.base_model('Once upon a time', responses=8, stop=[], max_tokens=1500)",
    "breeding": "fl.breed(['fog', 'rain'], 500, max_tokens=300)",
    "reading": "fl.base_model('so much depends ' * 4000, responses=2)",
    "next token": "fl.next_token('so much depends ' * 4000)",
}


@pytest.fixture(scope="module")
def interrupted() -> dict[str, str]:
    """Give what a process says of each work that Ctrl-C stops; it loads the model once for all."""
    done = run(INTERRUPTED, stdin="\n".join(WORKS.values()))
    assert (done.returncode, done.stderr) == (0, "")
    return dict(zip(WORKS, done.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("work", WORKS)
def test_ctrl_c_stops_it_and_the_next_call_works(interrupted: dict[str, str], work: str) -> None:
    assert interrupted[work] == "interrupted, 2"


@pytest.mark.slow
def test_ctrl_c_while_it_loads_leaves_it_usable() -> None:
    done = run(
        "import os, signal, threading\n"
        "import flourishing as fl\n"
        "threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        "    fl.base_model('Once upon a time', responses=8, stop=[], max_tokens=1500)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
        "print(len(fl.base_model('|cat|dog|', responses=2, max_tokens=4)))\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n2\n", "")


STILL_AT_WORK = """
import threading
import flourishing as fl
from flourishing import sync
from flourishing.models import Piece

begun = threading.Event()

def write():
    sampling = fl.Sampling(max_tokens=1500)
    events = fl.open_model("local").complete("The fog", n=8, sampling=sampling, stop=(), seed=1)
    for event in sync.iterate(events):
        if isinstance(event, Piece):
            begun.set()

threading.Thread(target=write, daemon=True).start()
begun.wait()
"""


def test_a_process_may_end_while_a_thread_still_writes() -> None:
    done = run(STILL_AT_WORK)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_a_process_may_end_while_the_model_still_loads() -> None:
    done = run(
        "import threading, time\n"
        "import flourishing as fl\n"
        "load = lambda: fl.base_model('|cat|dog|')\n"
        "threading.Thread(target=load, daemon=True).start()\n"
        "time.sleep(1)\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_an_engine_may_be_closed_while_threads_count_tokens(tiny_weights: Path) -> None:
    """Freeing it waits for its listener, which must not wait for a thread of ours in turn."""
    done = run(
        "import sys, threading, time\n"
        "from contextlib import suppress\n"
        "from pathlib import Path\n"
        "from flourishing.errors import EngineError\n"
        "from flourishing.models.engine import Engine\n"
        "sys.setswitchinterval(1e-6)\n"
        "def count(engine):\n"
        "    with suppress(EngineError):\n"
        "        while engine.tokens('fog'):\n"
        "            pass\n"
        "for _ in range(20):\n"
        f"    engine = Engine(Path({str(tiny_weights)!r}))\n"
        "    threads = [threading.Thread(target=count, args=[engine]) for _ in range(4)]\n"
        "    for thread in threads:\n"
        "        thread.start()\n"
        "    time.sleep(0.02)\n"
        "    engine.close()\n"
        "    for thread in threads:\n"
        "        thread.join()\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


LOADED_BY_AN_EXIT_HANDLER = """
import atexit
import threading

writes = threading.Event()
atexit.register(writes.wait, 3)  # the last one that runs, since exit handlers run in reverse

import flourishing as fl
from flourishing import sync
from flourishing.models import Piece

def write():
    sampling = fl.Sampling(max_tokens=1500)
    events = fl.open_model(PATH).complete("The fog", n=8, sampling=sampling, stop=(), seed=1)
    for event in sync.iterate(events):
        if isinstance(event, Piece):
            writes.set()

thread = threading.Thread(target=write, daemon=True)
WHEN
"""


@pytest.mark.slow
@pytest.mark.parametrize("when", ["thread.start()", *slow_cases(["atexit.register(thread.start)"])])
def test_a_process_ends_quietly_however_late_a_thread_wants_the_model(
    tiny_weights: Path, when: str
) -> None:
    script = LOADED_BY_AN_EXIT_HANDLER.replace("PATH", repr(str(tiny_weights)))
    done = run(script.replace("WHEN", when))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_a_process_may_end_while_a_long_prompt_is_scored() -> None:
    done = run(
        "import threading, time\n"
        "import flourishing as fl\n"
        "fl.base_model('|cat|dog|', max_tokens=2)\n"
        "score = lambda: fl.next_token('so much depends ' * 4000)\n"
        "threading.Thread(target=score, daemon=True).start()\n"
        "time.sleep(1)\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_loads_neither_an_engine_nor_a_database() -> None:
    done = run(
        "import sys, flourishing\n"
        "heavy = 'xllamacpp asyncio rich numpy sqlalchemy jinja2 typst yaml'\n"
        "print(sorted(set(heavy.split()) & set(sys.modules)))\n"
    )
    assert (done.returncode, done.stdout) == (0, "[]\n")


# Settings of the sampling that only an engine can show.


async def drawn(model: BaseModel, prompt: str, n: int, sampling: Sampling) -> list[str]:
    events = model.complete(prompt, n=n, sampling=sampling, stop=(), seed=3, reproducible=True)
    return [event.text async for event in events if isinstance(event, Completion)]


LIKELIEST = Sampling(max_tokens=6, temperature=0, min_p=0)
COIN = "I tossed a coin and it came up"
TWOS = "one two one two one two one two one"


def test_xtc_leaves_the_likeliest_out(local: BaseModel) -> None:
    (plain,) = sync.run(drawn(local, COIN, 1, LIKELIEST))
    (other,) = sync.run(drawn(local, COIN, 1, replace(LIKELIEST, xtc=1.0)))
    assert plain.startswith(" heads")
    assert other.startswith(" tails")


def test_dry_avoids_what_stands_in_the_prompt(local: BaseModel) -> None:
    (plain,) = sync.run(drawn(local, TWOS, 1, LIKELIEST))
    (other,) = sync.run(drawn(local, TWOS, 1, replace(LIKELIEST, dry=5.0)))
    assert plain.startswith(" two one two one")
    assert not other.startswith(" two one two one")


def test_top_n_sigma_takes_only_what_is_near_the_likeliest(local: BaseModel) -> None:
    wild = replace(LIKELIEST, temperature=3.0)
    assert len(set(sync.run(drawn(local, TWOS, 3, wild)))) > 1
    tame = sync.run(drawn(local, TWOS, 3, replace(wild, top_n_sigma=0.01)))
    assert len(set(tame)) == 1
