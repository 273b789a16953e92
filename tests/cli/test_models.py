"""`flourishing models`: list, pull and use, against a hub on the loopback interface.

Also: `flourishing models probe`: the cost before, the capabilities in a line, and why it is a base.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flourishing.models import catalogue
from flourishing.settings import config_path
from tests.cli.conftest import Ask, Refuse, Run
from tests.models.catalogue.conftest import NAME, hub, tiny
from tests.models.catalogue.server import Hub
from tests.models.test_probing import CHATTY, Model
from tests.talker import describe, talking

__all__ = ["hub", "tiny"]  # fixtures of the catalogue's tests, used by name

KEY = NAME.removeprefix("hf:")
PULL = [sys.executable, "-m", "flourishing", "models", "pull", NAME]


def test_alone_it_lists(flourishing: Run) -> None:
    assert flourishing("models").stdout == flourishing("models", "list").stdout


def test_the_list_says_what_is_here_what_fits_and_under_which_licence(
    hub: Hub, flourishing: Run
) -> None:
    lines = flourishing("models", "list").stdout.splitlines()
    (embedded,) = (line for line in lines if " local " in line)
    assert embedded.startswith("*")
    for word in ("253 MB", "built in", "gemma"):
        assert word in embedded
    (mixtral,) = (line for line in lines if "mixtral-8x22b" in line)
    assert "85.6 GB" in mixtral
    assert "apache-2.0" in mixtral
    assert hub.asked == []


def test_the_list_has_the_models_that_the_configuration_names(flourishing: Run) -> None:
    config_path().parent.mkdir(parents=True)
    config_path().write_text(
        'model = "big"\n[models.big]\nendpoint = "http://127.0.0.1:9/v1"\nmodel = "org/big"\n'
    )
    (line,) = (line for line in flourishing("models").stdout.splitlines() if line[0] == "*")
    assert line.split() == ["*", "big", "org/big", "at", "http://127.0.0.1:9/v1"]


def test_the_list_as_json_is_one_document(hub: Hub, flourishing: Run) -> None:
    document = json.loads(flourishing("models", "list", "--json").stdout)
    assert [each["name"] for each in document["models"][1:]] == [
        entry.name for entry in catalogue.entries()
    ]


def test_pulled_used_and_bred_with(hub: Hub, flourishing: Run, tiny: bytes) -> None:
    done = flourishing("models", "pull", NAME)
    path = Path(done.stdout.strip())
    assert path.read_bytes() == tiny
    assert f"models use {NAME}" in done.stderr
    assert "pulling tiny.Q8_0.gguf" in done.stderr
    assert "of memory" not in done.stderr  # it fits anywhere
    assert str(path) in flourishing("models", "use", NAME).stderr
    lines = flourishing("models", "list").stdout.splitlines()
    assert [line for line in lines if line.startswith("*") and NAME in line and "pulled" in line]
    bred = flourishing("breed", "cat", "dog", "-n", "2", "--max-tokens", "8", "--json").stdout
    assert json.loads(bred)["model"] == str(path.resolve())


def test_what_it_says_when_the_hub_cannot_be_reached(
    flourishing: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    done = flourishing("models", "pull", "smollm2-135m", code=1)
    assert done.stdout == ""
    assert "http://127.0.0.1:9 cannot be reached" in done.stderr
    assert "flourishing models use local" in done.stderr


def test_a_token_is_never_shown(
    hub: Hub, flourishing: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hub.token = "hf_of_somebody_else"
    monkeypatch.setenv("HF_TOKEN", "hf_planted")
    done = flourishing("models", "pull", NAME, code=1)
    assert "terms" in done.stderr
    assert "hf_planted" not in done.stderr
    hub.token = "hf_planted"
    done = flourishing("models", "pull", NAME)
    assert "hf_planted" not in done.stdout + done.stderr
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"hf_planted" in path.read_bytes()]


def test_wrong_bytes_are_refused_with_what_to_do(hub: Hub, flourishing: Run, tiny: bytes) -> None:
    hub.served[KEY] = tiny[:-1] + b"!"
    done = flourishing("models", "pull", NAME, code=1)
    assert "It was removed" in done.stderr
    assert done.stdout == ""


def test_an_interrupted_pull_goes_on(hub: Hub, flourishing: Run, tiny: bytes) -> None:
    hub.hangs = 60_000
    going = subprocess.Popen(PULL, stderr=subprocess.PIPE, text=True)
    assert going.stderr is not None
    assert "pulling" in going.stderr.readline()
    while not [part for part in catalogue.folder().rglob("*.part") if part.stat().st_size]:
        assert going.poll() is None
        time.sleep(0.01)
    going.send_signal(signal.SIGINT)
    _, said = going.communicate(timeout=60)
    assert going.returncode == 130
    assert "Traceback" not in said
    assert "the same command goes on" in said
    hub.hangs = None
    path = Path(flourishing("models", "pull", NAME).stdout.strip())
    assert path.read_bytes() == tiny
    assert hub.downloads()[-1].range


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX does")
def test_a_full_disk_is_said_and_the_pull_goes_on_when_there_is_room(
    hub: Hub, flourishing: Run, tiny: bytes
) -> None:
    import resource

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    full = subprocess.run(PULL, preexec_fn=fill, env=environment, capture_output=True, text=True)
    assert full.returncode == 1
    assert "no more room" in full.stderr
    assert "FLOURISHING_CACHE" in full.stderr
    assert "Traceback" not in full.stderr
    path = Path(flourishing("models", "pull", NAME).stdout.strip())
    assert path.read_bytes() == tiny
    assert hub.downloads()[-1].range  # what had come was kept


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("pull", "smollm3"), 1, "smollm2"),
        (("pull", "local"), 2, "models use local"),
        (("pull", "hf:nonsense"), 2, "hf:owner/name/file.gguf"),
        (("use", "smollm2-135m"), 1, "models pull smollm2-135m"),
        (("use", "nothing"), 1, "models list"),
        (("add", "nothing.gguf"), 1, "nothing.gguf"),
        (("forget", "local"), 2, "built in"),
        (("forget", "smollm2-135m"), 1, "nothing to do"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(
    hub: Hub, flourishing: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in flourishing("models", *words, code=code).stderr


def test_a_file_is_added_and_what_was_pulled_is_forgotten(
    hub: Hub, flourishing: Run, tmp_path: Path, tiny: bytes
) -> None:
    (tmp_path / "mine.gguf").write_bytes(tiny)
    added = flourishing("models", "add", str(tmp_path / "mine.gguf")).stdout.strip()
    path = Path(flourishing("models", "pull", NAME).stdout.strip())
    lines = flourishing("models").stdout.splitlines()
    assert [line for line in lines if added in line and "a file" in line]
    assert "removed" in flourishing("models", "forget", NAME).stderr
    assert not path.exists()
    flourishing("models", "forget", added)
    assert Path(added).exists()
    assert added not in flourishing("models").stdout


def test_a_variable_that_goes_before_the_configuration_is_said(
    flourishing: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOURISHING_MODEL", "local")
    assert "FLOURISHING_MODEL is set" in flourishing("models", "use", "echo").stderr


pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOURISHING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PLANTED_KEY", "sk-planted")
    monkeypatch.delenv("FLOURISHING_API_KEY", raising=False)


def test_the_capabilities_are_a_line_and_the_nature_has_its_reasons(ask: Ask) -> None:
    with talking(Model("n"), listed=[{"id": "m", "max_model_len": 4096}]) as talker:
        said = ask("models", "probe", f"{talker.base}#m")
    line, context, answers, *why = said.out.splitlines()
    assert line == "n ✗ → 8 requests; seed ✓; stop ✓; logprobs ✓; echo ✓; min_p ✓; stream ✓"
    assert context == "context: 4,096 tokens"
    assert answers == "answers: like a base model"
    assert "6 7 8 9" in why[0]
    assert "one request gave 1 of 2" in said.err


def test_an_instruct_model_is_called_so(ask: Ask) -> None:
    with talking(Model(says=CHATTY)) as talker:
        said = ask("models", "probe", f"{talker.base}#m").out
    assert "answers: like an instruct model" in said
    assert "The capital of Kansas" in said


def test_what_it_costs_at_most_is_said_first_where_prices_are_known(ask: Ask) -> None:
    with talking(Model()) as talker:
        describe("mine", talker, "input_price = 1.0\noutput_price = 2.0\ncurrency = 'EUR'")
        first = " ".join(ask("models", "probe", "mine").err.split())
    assert first.startswith(f"{talker.base}#m: at most 14 requests, ")
    assert " EUR " in first.partition("Seen in")[0]


def test_where_no_prices_are_known_no_money_is_spoken_of(ask: Ask) -> None:
    with talking(Model()) as talker:
        assert "USD" not in ask("models", "probe", f"{talker.base}#m").err


def test_as_json_it_is_one_document(ask: Ask) -> None:
    with talking(Model("seed")) as talker:
        document = ask("models", "probe", f"{talker.base}#m", "--json").json
    assert document["findings"]["seed"] == {
        "holds": False,
        "saw": "the same seed gave two texts",
    }
    assert document["nature"] == "base"
    assert document["line"].startswith("n ✓; seed ✗;")
    assert document["at"]


@pytest.mark.parametrize("name", ["local", "echo"])
def test_what_has_no_address_is_not_probed(refuse: Refuse, name: str) -> None:
    assert "address" in refuse("models", "probe", name)


def test_a_name_that_nobody_gave_is_told(refuse: Refuse) -> None:
    assert "configuration" in refuse("models", "probe", "nobody", code=1)
