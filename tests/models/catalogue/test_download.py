"""Pulling: whole and checked, or nothing that looks like a model."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import flourishing as fl
from flourishing.errors import (
    BrokenOffError,
    HubError,
    InputError,
    ModelFileError,
    ModelNotFoundError,
    StorageError,
)
from flourishing.models import catalogue
from flourishing.models.catalogue import Progress, pulled
from flourishing.models.catalogue.download import folder
from tests.models.catalogue.conftest import NAME
from tests.models.catalogue.server import Hub
from tests.models.catalogue.tiny import write_tiny_model

KEY = NAME.removeprefix("hf:")


def pull(name: str = NAME, quant: str = "") -> Path:
    return catalogue.pull(name, quant=quant, most_attempts=1)


def models() -> list[str]:
    """Give what is in the folder that looks like a model, to us or to anyone."""
    return sorted(path.name for path in folder().rglob("*.gguf"))


def left() -> list[Path]:
    return list(folder().rglob(".*.part"))


def test_what_is_pulled_is_what_was_offered(hub: Hub, tiny: bytes) -> None:
    path = pull()
    assert path.read_bytes() == tiny
    assert path.is_relative_to(folder())
    assert left() == []
    assert [(each.path, each.size) for each in pulled()] == [(path, len(tiny))]


def test_a_pulled_model_breeds(hub: Hub) -> None:
    brood = fl.breed(["cat", "dog"], n=2, model=str(pull()), max_tokens=8, refills=0, seed=1)
    assert len(brood) == 2


def test_it_says_how_far_it_is(hub: Hub, tiny: bytes) -> None:
    hub.breaks = [50_000]
    told: list[Progress] = []
    with pytest.raises(BrokenOffError):
        catalogue.pull(NAME, report=told.append, most_attempts=1)
    assert 0 < told[-1].done <= 50_000
    told.clear()
    catalogue.pull(NAME, report=told.append, most_attempts=1)
    assert [told[0].stage, told[-1].stage] == ["checking", "pulling"]
    assert {each.size for each in told} == {len(tiny)}
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].done == len(tiny)


def test_what_broke_off_goes_on_where_it_ended(hub: Hub, tiny: bytes) -> None:
    hub.breaks = [70_000]
    with pytest.raises(BrokenOffError) as broken:
        pull()
    assert "goes on from there" in broken.value.hint
    assert broken.value.retryable
    assert models() == []
    (part,) = left()
    came = part.stat().st_size
    assert 0 < came <= 70_000
    assert part.read_bytes() == tiny[:came]
    assert pull().read_bytes() == tiny
    assert hub.downloads()[-1].range == f"bytes={came}-"
    assert left() == []


def test_a_pull_tries_again_by_itself_as_long_as_something_comes(hub: Hub, tiny: bytes) -> None:
    hub.breaks = [30_000, 30_000, 30_000]
    assert catalogue.pull(NAME, most_attempts=2).read_bytes() == tiny
    assert len(hub.downloads()) == 4


def test_a_pull_gives_up_when_nothing_comes(hub: Hub) -> None:
    hub.down = True
    with pytest.raises(HubError):
        catalogue.pull(NAME, most_attempts=3)
    assert len(hub.downloads()) == 3


def test_a_server_that_knows_no_ranges_begins_anew(hub: Hub, tiny: bytes) -> None:
    hub.breaks = [70_000]
    with pytest.raises(BrokenOffError):
        pull()
    hub.ranges = False
    assert pull().read_bytes() == tiny


def test_what_is_left_of_another_version_is_not_gone_on_with(
    hub: Hub, tiny: bytes, tmp_path: Path
) -> None:
    hub.breaks = [70_000]
    with pytest.raises(BrokenOffError):
        pull()
    write_tiny_model(tmp_path / "other.gguf", seed=1)
    other = (tmp_path / "other.gguf").read_bytes()
    assert len(other) == len(tiny)
    hub.files[KEY] = other
    assert pull().read_bytes() == other


def test_a_part_that_was_spoiled_on_disk_is_found_out(hub: Hub, tiny: bytes) -> None:
    hub.breaks = [70_000]
    with pytest.raises(BrokenOffError):
        pull()
    (part,) = left()
    part.write_bytes(b"?" + part.read_bytes()[1:])
    with pytest.raises(ModelFileError, match="removed"):
        pull()
    assert pull().read_bytes() == tiny


@pytest.mark.parametrize("change", ["another byte", "a byte more", "a byte less", "no GGUF"])
def test_wrong_bytes_are_refused_and_removed(hub: Hub, tiny: bytes, change: str) -> None:
    hub.served[KEY] = {
        "another byte": tiny[:-1] + bytes([tiny[-1] ^ 1]),
        "a byte more": tiny + b"\0",
        "a byte less": tiny[:-1],
        "no GGUF": b"<html>" + tiny[6:],
    }[change]
    with pytest.raises((ModelFileError, BrokenOffError)) as refusal:
        pull()
    assert refusal.value.hint
    assert models() == []
    if change != "a byte less":  # which may be the half of something
        assert left() == []
    hub.served.clear()
    assert pull().read_bytes() == tiny


def test_without_a_checksum_the_size_and_the_beginning_decide(hub: Hub, tiny: bytes) -> None:
    hub.hashes = False
    hub.served[KEY] = b"<html>" + tiny[6:]
    with pytest.raises(ModelFileError, match="not a GGUF"):
        pull()
    assert (models(), left()) == ([], [])
    hub.served.clear()
    assert pull().read_bytes() == tiny


def test_what_is_here_is_not_asked_for_again(hub: Hub) -> None:
    path = pull()
    made, asked = path.stat(), len(hub.asked)
    hub.status = 500
    assert pull() == path
    assert path.stat() == made
    assert len(hub.asked) == asked


def test_a_split_model_comes_with_all_its_parts(hub: Hub, tiny: bytes) -> None:
    names = [f"big/big.Q4_K_M-{number:05}-of-00003.gguf" for number in (1, 2, 3)]
    contents = [tiny, tiny + b"2", tiny + b"three"]
    hub.files |= {f"someone/big/{name}": each for name, each in zip(names, contents, strict=True)}
    hub.breaks = [10**6, 1000]
    told: list[Progress] = []
    with pytest.raises(BrokenOffError):
        catalogue.pull("hf:someone/big", report=told.append, most_attempts=1)
    assert pulled() == ()  # one of three is no model
    first = catalogue.pull("hf:someone/big", report=told.append, most_attempts=1)
    assert first.name == "big.Q4_K_M-00001-of-00003.gguf"
    assert [(first.parent / Path(name).name).read_bytes() for name in names] == contents
    whole = sum(map(len, contents))
    assert told[-1].done == told[-1].size == whole
    assert [(each.path, each.size, each.quant) for each in pulled()] == [(first, whole, "Q4_K_M")]
    assert [each.path for each in hub.downloads()].count(f"/someone/big/{names[0]}") == 1


def test_a_split_model_without_one_of_its_parts_is_refused(hub: Hub, tiny: bytes) -> None:
    hub.files["someone/big/big-00002-of-00003.gguf"] = tiny
    with pytest.raises(ModelFileError, match="00001-of-00003"):
        pull("hf:someone/big")


def test_a_quantisation_chooses_the_file(hub: Hub, tiny: bytes) -> None:
    for quant in ("Q4_K_M", "Q4_K_S", "f16"):
        hub.files[f"someone/many/many.{quant}.gguf"] = tiny + quant.encode()
    hub.files["someone/many/mmproj-f16.gguf"] = tiny
    with pytest.raises(InputError, match="several") as refusal:
        pull("hf:someone/many")
    assert "--quant" in refusal.value.hint
    assert pull("hf:someone/many", "q4_k_m").read_bytes() == tiny + b"Q4_K_M"
    assert pull("hf:someone/many", "F16").name == "many.f16.gguf"
    with pytest.raises(ModelNotFoundError, match="Q2_K") as absent:
        pull("hf:someone/many", "Q2_K")
    assert "many.Q4_K_S.gguf" in absent.value.hint


def test_a_name_in_the_catalogue_is_pulled_from_its_repository(hub: Hub, tiny: bytes) -> None:
    entry = next(each for each in catalogue.entries() if not each.sha256)
    hub.files[f"{entry.repository}/{entry.file}"] = tiny
    assert pull(entry.name).name == entry.file


def test_a_file_that_was_renamed_is_found_by_its_quantisation(hub: Hub, tiny: bytes) -> None:
    entry = next(each for each in catalogue.entries() if not each.sha256)
    hub.files[f"{entry.repository}/renamed.{entry.quant}.gguf"] = tiny
    assert pull(entry.name).name == f"renamed.{entry.quant}.gguf"


def test_the_catalogues_checksum_goes_before_the_hubs(hub: Hub, tiny: bytes) -> None:
    entry = next(each for each in catalogue.entries() if each.sha256)
    hub.files[f"{entry.repository}/{entry.file}"] = tiny
    with pytest.raises(ModelFileError, match=entry.sha256[:12]) as refusal:
        pull(entry.name)
    assert f"hf:{entry.repository}/{entry.file}" in refusal.value.hint
    assert pull(f"hf:{entry.repository}/{entry.file}").read_bytes() == tiny


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hf:nobody/nothing", "nobody/nothing"),
        ("hf:someone/tiny-GGUF/gone.gguf", "gone.gguf"),
        ("smollm2-136m", "smollm2-136m"),
    ],
)
def test_what_is_not_there_is_said(hub: Hub, name: str, said: str) -> None:
    with pytest.raises(ModelNotFoundError, match=said) as refusal:
        pull(name)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "name", ["hf:", "hf:one", "hf:one/", "hf:one/two/three.bin", "hf:one two/three/four.gguf"]
)
def test_a_name_that_names_no_file_is_refused_before_anything_is_asked(hub: Hub, name: str) -> None:
    with pytest.raises(InputError):
        pull(name)
    assert hub.asked == []


@pytest.mark.parametrize("path", ["../../../out.gguf", "a\\..\\b.gguf", "C:x.gguf", "a/./b.gguf"])
def test_no_file_leads_out_of_the_folder(hub: Hub, tiny: bytes, path: str) -> None:
    hub.files[f"someone/evil/{path}"] = tiny
    with pytest.raises(ModelFileError, match="out of its folder"):
        pull("hf:someone/evil")
    assert models() == []


def test_a_gated_repository_says_what_to_do_and_opens_to_a_token(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "hf_open_sesame"
    with pytest.raises(ModelNotFoundError, match="terms") as refusal:
        pull()
    assert "HF_TOKEN" in refusal.value.hint
    assert "https://huggingface.co/someone/tiny-GGUF" in refusal.value.hint
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert pull().exists()
    assert any(each.token for each in hub.asked)
    assert {each.token for each in hub.downloads()} == {""}  # another host does not get it


def test_a_hub_that_cannot_be_reached_leads_to_the_embedded_model(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match="cannot be reached") as refusal:
        pull()
    assert "models use local" in refusal.value.hint
    assert ".gguf" in refusal.value.hint


@pytest.mark.parametrize("address", ["nonsense", "http://", "ftp://127.0.0.1", "http://[::1"])
def test_an_address_that_is_none_is_said(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(HubError) as refusal:
        pull()
    assert "models use local" in refusal.value.hint


@pytest.mark.parametrize(("status", "page"), [(500, ""), (429, ""), (200, "<html>"), (200, "[]")])
def test_a_hub_that_is_none_or_fails_is_said(hub: Hub, status: int, page: str) -> None:
    hub.status, hub.page = status, page
    with pytest.raises(HubError) as refusal:
        pull()
    assert refusal.value.hint


def test_two_pulls_of_the_same_file_do_not_mix(hub: Hub) -> None:
    hub.hangs = 30_000
    begun, broke = threading.Event(), threading.Event()

    def first_pull() -> None:
        try:
            catalogue.pull(NAME, report=lambda _: begun.set(), most_attempts=1)
        except HubError:
            broke.set()

    first = threading.Thread(target=first_pull, daemon=True)
    first.start()
    assert begun.wait(30)
    with pytest.raises(StorageError, match="going on"):
        pull()
    hub.ended.set()
    first.join(30)
    assert broke.is_set()


def test_more_than_the_disk_can_hold_is_refused_before_it_comes(hub: Hub, tiny: bytes) -> None:
    class Vast(bytes):
        """Says that it is larger than any disk."""

        def __len__(self) -> int:
            return 1 << 60

    hub.files[KEY] = Vast(tiny)
    with pytest.raises(StorageError, match="no room") as refusal:
        pull()
    assert "FLOURISHING_CACHE" in refusal.value.hint
    assert hub.downloads() == []


def test_a_folder_that_cannot_be_written_is_said(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(StorageError) as refusal:
        pull()
    assert "FLOURISHING_CACHE" in refusal.value.hint
