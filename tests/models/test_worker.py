"""A model in a process of its own: how it starts, ends, fails, and what goes to it and comes back.

What every model promises is tested on it in `test_promises.py`; here its process does what it is
told to, `worker_child.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing import errors, settings, sync
from flourishing.core.sampling import Sampling
from flourishing.errors import EngineError, FlourishingError, ModelFileError, ModelNotFoundError
from flourishing.models import Completion, Event, Piece, Reading, Usage, open_model
from flourishing.models.opening import open_in_worker
from flourishing.models.protocol import Notice, Score, TokenLogprob, Waiting
from flourishing.models.worker import WorkerModel, frames
from flourishing.models.worker.model import environment
from tests.marks import first_cases
from tests.models.worker_child import failure

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(100),
    pytest.mark.skipif(sys.platform == "win32", reason="signals, and a library's sleep"),
]

LITTLE = Sampling(max_tokens=4)


@pytest.fixture
def model(tmp_path: Path) -> Generator[WorkerModel]:
    model = WorkerModel("told", told(tmp_path))
    yield model
    model.close()


def told(folder: Path) -> tuple[str, ...]:
    return sys.executable, "-P", "-m", "tests.models.worker_child", str(folder)


def complete(model: WorkerModel, prompt: str) -> AsyncGenerator[Event]:
    return model.complete(prompt, n=1, sampling=LITTLE, stop=(), seed=1)


async def listen(model: WorkerModel, prompt: str) -> list[Event]:
    async with aclosing(complete(model, prompt)) as events:
        return [event async for event in events]


async def begun(model: WorkerModel, prompt: str = "forever") -> AsyncGenerator[Event]:
    """Give a completion that has said its first words."""
    events = complete(model, prompt)
    await anext(events)
    return events


async def there(path: Path) -> None:
    while not path.exists():  # noqa: ASYNC110, ASYNC240 - another process makes it
        await asyncio.sleep(0.01)


def pid_of(model: WorkerModel) -> int:
    assert model.pid is not None
    return model.pid


# Loading.


def test_nothing_is_started_before_it_is_needed(model: WorkerModel) -> None:
    assert (model.name, model.ready, model.pid) == ("told", False, None)
    sync.run(model.load())
    assert model.ready
    assert model.pid not in {None, os.getpid()}


def test_the_first_call_loads_it(model: WorkerModel) -> None:
    assert sync.run(model.count_tokens("four")) == 4
    assert model.ready


def test_while_it_loads_everything_else_goes_on(model: WorkerModel, tmp_path: Path) -> None:
    late, loading = tmp_path / "late", tmp_path / "loading"
    late.touch()

    async def tick() -> None:
        task = asyncio.create_task(model.load())
        await there(loading)
        # More than a pipe holds, to a child that does not listen.
        much = asyncio.create_task(model.count_tokens("a" * 1_000_000))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()
        assert not model.ready
        late.unlink()
        await task
        assert await much == 1_000_000

    sync.run(tick())
    assert model.ready


def test_many_that_begin_at_once_start_one_process(model: WorkerModel) -> None:
    before = len(psutil.Process().children())
    with ThreadPoolExecutor(8) as threads:
        counts = list(threads.map(lambda n: asyncio.run(model.count_tokens("a" * n)), range(8)))
    assert counts == list(range(8))
    assert len(psutil.Process().children()) == before + 1


def test_a_process_that_cannot_be_started_is_an_error_in_words(tmp_path: Path) -> None:
    model = WorkerModel("none", [str(tmp_path / "no such program")])
    with pytest.raises(EngineError, match="no such program") as refusal:
        sync.run(model.load())
    assert refusal.value.hint


def test_a_process_that_is_not_ours_is_an_error_in_words() -> None:
    model = WorkerModel("other", [sys.executable, "-c", "print('Hello.'); input()"])
    with pytest.raises(EngineError, match="ended unexpectedly") as refusal:
        sync.run(model.load())
    assert "again" in refusal.value.hint


# Many calls at once.


def test_a_short_question_is_answered_while_it_writes(model: WorkerModel) -> None:
    async def ask() -> tuple[int, Event]:
        async with aclosing(await begun(model)) as events:
            return await model.count_tokens("four"), await anext(events)

    assert sync.run(ask()) == (4, Piece(0, "on and "))


def test_several_loops_may_ask_at_once(model: WorkerModel) -> None:
    async def ask(n: int) -> list[int]:
        counts = (model.count_tokens("a" * (n + more)) for more in range(10))
        return await asyncio.gather(*counts)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda n: asyncio.run(ask(n)), range(6)))
    assert answers == [[*range(n, n + 10)] for n in range(6)]


def test_a_loop_that_is_closed_in_the_middle_leaves_the_others_be(model: WorkerModel) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(begun(model))
    loop.close()  # without closing what is iterated
    assert sync.run(model.count_tokens("four")) == 4


# Letting go.


async def until(model: WorkerModel, what: str, count: int) -> None:
    while await model.count_tokens(what) != count:  # noqa: ASYNC110 - it is in another process
        await asyncio.sleep(0.01)


def test_leaving_the_iteration_stops_the_writing(model: WorkerModel) -> None:
    async def leave() -> None:
        events = await begun(model)
        assert await model.count_tokens("writing") == 1
        await events.aclose()
        await until(model, "let go", 1)
        assert await model.count_tokens("writing") == 0

    sync.run(leave())


def test_cancelling_the_task_stops_the_writing(model: WorkerModel) -> None:
    async def cancel() -> None:
        task = asyncio.create_task(listen(model, "forever"))
        await until(model, "writing", 1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await until(model, "let go", 1)

    sync.run(cancel())


def test_what_comes_whole_was_not_let_go_of(model: WorkerModel) -> None:
    assert sync.run(listen(model, "print")) == [Piece(0, "after it")]
    assert sync.run(model.count_tokens("let go")) == 0


def test_reading_ahead_tells_how_far_it_is(model: WorkerModel) -> None:
    async def read() -> list[Reading]:
        async with aclosing(model.prefill("abc")) as readings:
            return [reading async for reading in readings]

    assert sync.run(read()) == [Reading(read, 3) for read in range(4)]


# The end.


def test_closing_it_leaves_no_process_and_the_next_call_starts_another(model: WorkerModel) -> None:
    sync.run(model.load())
    first = pid_of(model)
    model.close()
    assert not psutil.pid_exists(first)  # not even as a zombie
    assert not model.ready
    assert sync.run(model.count_tokens("four")) == 4
    assert pid_of(model) != first


def test_closing_it_tells_who_still_listens(model: WorkerModel) -> None:
    async def close() -> None:
        async with aclosing(await begun(model)) as events:
            model.close()
            async for _ in events:
                pass

    with pytest.raises(EngineError, match="closed") as refusal:
        sync.run(close())
    assert refusal.value.hint


def test_closing_it_while_it_loads_ends_it(model: WorkerModel, tmp_path: Path) -> None:
    (tmp_path / "late").touch()

    async def close() -> int:
        task = asyncio.create_task(model.load())
        await there(tmp_path / "loading")
        loading = pid_of(model)
        model.close()
        with pytest.raises(EngineError, match="closed"):
            await task
        return loading

    assert not psutil.pid_exists(sync.run(close()))


def test_a_crash_is_told_to_all_who_wait_and_the_next_call_starts_another(
    model: WorkerModel,
) -> None:
    async def crash() -> None:
        tasks = [asyncio.create_task(listen(model, "forever")) for _ in range(3)]
        await until(model, "writing", 3)
        first = pid_of(model)
        os.kill(first, signal.SIGKILL)
        await asyncio.wait(tasks)
        for task in tasks:
            refusal = task.exception()
            assert isinstance(refusal, EngineError)
            assert "signal 9" in str(refusal)
            assert "started again" in refusal.hint
            assert refusal.retryable
        assert not psutil.pid_exists(first)
        assert not model.ready
        assert await model.count_tokens("four") == 4
        assert model.ready
        assert pid_of(model) != first

    sync.run(crash())


PARENT = """
import asyncio, sys
from contextlib import aclosing
from flourishing.models.worker import WorkerModel
from flourishing.core.sampling import Sampling

model = WorkerModel("told", sys.argv[1:])

async def write():
    events = model.complete("forever", n=1, sampling=Sampling(), stop=(), seed=1)
    async with aclosing(events):
        async for event in events:
            print("begun", flush=True)
            {then}

try:
    asyncio.run(write())
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
"""


def start(folder: Path, then: str) -> subprocess.Popen[bytes]:
    """Start a process that has a model worker, and wait until that writes.

    The child has its standard error, too, so reading that to its end waits for both of them.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(then=then), *told(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process


def said_at_the_end(process: subprocess.Popen[bytes]) -> bytes:
    """Wait until the process and its child are gone, and give what both said."""
    assert process.stderr is not None
    with process:
        return process.stderr.read()


@pytest.mark.parametrize(
    "then", first_cases(1, ["pass", "await asyncio.sleep(1000)", "__import__('os')._exit(1)"])
)
def test_when_its_parent_is_killed_the_child_goes_too(tmp_path: Path, then: str) -> None:
    process = start(tmp_path, then)
    process.kill()
    assert said_at_the_end(process) == b""


def test_when_its_parent_just_ends_the_child_goes_too(tmp_path: Path) -> None:
    process = start(tmp_path, "break")
    assert said_at_the_end(process) == b""
    assert process.returncode == 0


def test_ctrl_c_prints_nothing_from_the_child(tmp_path: Path) -> None:
    process = start(tmp_path, "await asyncio.sleep(1000)")
    os.killpg(process.pid, signal.SIGINT)
    assert said_at_the_end(process) == b"interrupted\n"


def test_an_interrupt_does_not_end_the_child(model: WorkerModel) -> None:
    sync.run(model.load())
    first = pid_of(model)
    os.kill(first, signal.SIGINT)
    assert os.getpgid(first) != os.getpgid(0)  # nor does one of the terminal reach it
    assert sync.run(model.count_tokens("four")) == 4
    assert model.pid == first


def test_it_leaves_no_folder_behind(
    model: WorkerModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    sync.run(model.load())
    assert list(tmp_path.glob("flourishing-*"))
    model.close()
    assert not list(tmp_path.glob("flourishing-*"))


# What goes over.


def test_what_anything_prints_does_not_get_among_the_frames(
    model: WorkerModel, capfd: pytest.CaptureFixture[str]
) -> None:
    assert sync.run(listen(model, "print")) == [Piece(0, "after it")]
    assert sync.run(model.count_tokens("four")) == 4
    said = capfd.readouterr()
    assert said.out == ""
    assert "printed by Python" in said.err
    assert "not even a line" in said.err


def test_what_the_parent_asks_is_nobody_elses_input(model: WorkerModel) -> None:
    assert sync.run(listen(model, "read")) == [Piece(0, "0")]


@pytest.mark.parametrize(
    "kind",
    first_cases(1, ["PromptTooLongError", "RateLimitError", "ModelFileError", "StorageError"]),
)
def test_an_error_is_the_same_on_this_side(model: WorkerModel, kind: str) -> None:
    expected = failure(kind)
    got: list[Event] = []

    async def fail() -> None:
        async with aclosing(complete(model, f"fail {kind}")) as events:
            async for event in events:
                got.append(event)  # noqa: PERF401 - what came before it counts

    with pytest.raises(FlourishingError) as refusal:
        sync.run(fail())
    assert got == [Piece(0, "before it")]
    assert type(refusal.value) is type(expected)
    assert str(refusal.value) == str(expected)
    assert vars(refusal.value) == vars(expected)


@pytest.mark.parametrize("kind", ["ZeroDivisionError", "SurpriseError"])
def test_an_error_that_is_none_of_ours_is_one_in_words(model: WorkerModel, kind: str) -> None:
    with pytest.raises(EngineError, match=r"a fault of ours|A surprise") as refusal:
        sync.run(listen(model, f"fail {kind}"))
    assert refusal.value.hint
    assert sync.run(model.count_tokens("four")) == 4


KINDS = [
    each
    for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, FlourishingError)
]


@given(kind=st.sampled_from(KINDS), message=st.text(), hint=st.text(), number=st.integers())
def test_every_error_crosses(
    kind: type[FlourishingError], message: str, hint: str, number: int
) -> None:
    more = {"tokens": number, "limit": 7} if kind is errors.PromptTooLongError else {}
    error = kind(message, hint=hint, **more)
    there = frames.error_in(over(frames.error_out(error)))
    assert type(there) is kind
    assert (str(there), vars(there)) == (message, vars(error))


def over(said: object) -> frames.Frame:
    line = frames.pack({"said": said})
    assert line.count(b"\n") == 1
    frame: frames.Frame = frames.unpack(line)["said"]
    return frame


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\n")) | st.just("\ud800")
NUMBERS = st.integers(0, 2**40)
LOGPROBS = st.floats(max_value=0)
TOKENS = st.lists(st.builds(TokenLogprob, TEXTS, LOGPROBS)).map(tuple)
EVENTS = st.one_of(
    st.builds(Reading, NUMBERS, NUMBERS),
    st.builds(Piece, NUMBERS, TEXTS),
    st.builds(
        Completion,
        *(NUMBERS, TEXTS, st.sampled_from(["stop", "length"]), NUMBERS, NUMBERS),
        logprobs=st.none() | TOKENS,
    ),
    st.builds(Usage, NUMBERS, NUMBERS, NUMBERS, st.none() | st.floats(0, 9), st.floats(0, 9)),
    st.builds(Waiting, st.floats(0, 9), TEXTS),
    st.builds(Notice, TEXTS),
)


@given(EVENTS)
def test_every_event_crosses(event: Event) -> None:
    assert frames.event_in(over(frames.event_out(event))) == event  # type: ignore[arg-type]


@given(st.lists(st.builds(Score, TEXTS, TOKENS)).map(tuple))
def test_every_score_crosses(scores: tuple[Score, ...]) -> None:
    assert frames.scores_in(over(frames.scores_out(scores))) == scores  # type: ignore[arg-type]


# The environment.


def test_no_key_reaches_the_child(model: WorkerModel, monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings.config_path()
    path.parent.mkdir(parents=True)
    path.write_text(
        '[models.far]\nendpoint = "https://far.example/v1"\nmodel = "m"\nkey_env = "ODDLY_NAMED"'
    )
    secret = "sk-planted"
    for name in ("FLOURISHING_API_KEY", "HF_TOKEN", "some_api_key", "DB_PASSWORD", "ODDLY_NAMED"):
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("FLOURISHING_GARDEN", f"postgresql://me:{secret}@host/garden")
    monkeypatch.setenv("GOMP_SPINCOUNT", "77")
    (said,) = sync.run(listen(model, "environment"))
    assert isinstance(said, Piece)
    assert secret not in said.text
    there = json.loads(said.text)
    assert there["GOMP_SPINCOUNT"] == "77"
    assert there["PATH"] == os.environ["PATH"]


def test_the_child_finds_modules_where_we_do(tmp_path: Path) -> None:
    script = tmp_path / "asks.py"
    script.write_text(
        "import sys\n"
        f"sys.path[:0] = {[path for path in sys.path if path]!r}\n"
        "from flourishing import sync\n"
        "from flourishing.models.worker import WorkerModel\n"
        "print(sync.run(WorkerModel('told', sys.argv[1:]).count_tokens('four')))\n"
    )
    (tmp_path / "asyncio.py").write_text("raise SystemExit('the wrong one')")
    done = subprocess.run(
        [sys.executable, "-I", str(script), *told(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.stdout, done.stderr) == ("4\n", "")


@pytest.mark.parametrize("broken", ["[models.far]\nendpoint = 3", "[[["])
def test_a_broken_configuration_does_not_keep_it_from_starting(broken: str) -> None:
    path = settings.config_path()
    path.parent.mkdir(parents=True)
    path.write_text(broken)
    assert environment({"LANG": "C", "A_KEY": "b"}).keys() == {"LANG", "PYTHONPATH"}


# By name, and on the engine.


def test_only_what_this_computer_runs_is_apart(tmp_path: Path) -> None:
    for name in ("echo", "http://localhost:8080/v1#gemma"):
        assert open_in_worker(name) is open_model(name)
    assert open_in_worker("local") is not open_model("local")
    assert isinstance(open_in_worker("local"), WorkerModel)
    assert open_in_worker("local").name == open_model("local").name
    assert not open_in_worker("local").ready


def test_one_name_is_one_model_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_in_worker("local") is open_in_worker("gemma-3-270m") is open_in_worker(None)
    path = tmp_path / "like.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 5000)
    monkeypatch.chdir(tmp_path)
    assert open_in_worker(path) is open_in_worker("like.gguf")
    assert open_in_worker(path).name == open_model(path).name


@pytest.mark.parametrize("content", [None, b"", b"PK" * 5000], ids=["missing", "empty", "other"])
def test_a_file_that_is_no_model_is_refused_before_anything_is_started(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((ModelNotFoundError, ModelFileError), match=r"bad\.gguf"):
        open_in_worker(path)


@pytest.mark.slow
@pytest.mark.engine
def test_what_the_engine_cannot_load_is_an_error_and_may_be_loaded_once_it_is_whole(
    tmp_path: Path, local_weights: Path
) -> None:
    path = tmp_path / "late.gguf"
    path.write_bytes(b"GGUF\x03\0\0\0" + bytes(range(256)) * 400)
    model = WorkerModel.from_file(path)
    try:
        with pytest.raises(ModelFileError, match=r"late\.gguf"):
            sync.run(model.load())
        path.unlink()
        path.symlink_to(local_weights)
        assert sync.run(model.count_tokens("fog")) > 1
    finally:
        model.close()


@pytest.mark.engine
def test_no_module_of_the_folder_is_taken_for_one_of_ours(
    worker: WorkerModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "asyncio.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    worker.close()
    assert sync.run(worker.count_tokens("fog")) > 1


@pytest.mark.slow
@pytest.mark.engine
def test_while_the_engine_loads_everything_else_goes_on(worker: WorkerModel) -> None:
    worker.close()

    async def tick() -> int:
        ticks = 0
        task = asyncio.create_task(worker.load())
        while not task.done():
            await asyncio.sleep(0.01)
            ticks += 1
        await task
        return ticks

    assert sync.run(tick()) > 10


@pytest.mark.engine
def test_the_engine_that_is_killed_is_started_again(worker: WorkerModel) -> None:
    async def crash() -> int:
        events = worker.complete("Fog", n=8, sampling=Sampling(max_tokens=900), stop=(), seed=1)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Piece):
                    os.kill(pid_of(worker), signal.SIGKILL)
        raise AssertionError

    with pytest.raises(EngineError, match="signal 9"):
        sync.run(crash())
    assert sync.run(worker.count_tokens("fog")) > 1
