"""Addresses as people paste them: mended where they are nearly right, or explained.

Also: keys: found where a person put them, and shown to nobody but the server.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Generator

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from flourishing.errors import AuthError, InputError
from flourishing.models.endpoint import Address
from flourishing.models.endpoint.address import Key, find_key
from flourishing.models.endpoint.ollama import OLLAMA
from flourishing.settings import NamedModel
from tests.models.behaviours import SPELLINGS
from tests.models.conftest import KEY


@pytest.mark.parametrize(
    ("pasted", "base"),
    [
        ("https://api.together.xyz/v1", "https://api.together.xyz/v1"),
        ("https://api.together.xyz/v1/", "https://api.together.xyz/v1"),
        ("https://api.together.xyz", "https://api.together.xyz/v1"),
        ("https://api.together.xyz/", "https://api.together.xyz/v1"),
        ("  https://API.together.xyz//v1// ", "https://api.together.xyz/v1"),
        ("https://api.together.xyz/v1/completions", "https://api.together.xyz/v1"),
        ("https://api.together.xyz/v1/chat/completions", "https://api.together.xyz/v1"),
        ("https://api.together.xyz/v1/models", "https://api.together.xyz/v1"),
        ("api.together.xyz/v1", "https://api.together.xyz/v1"),
        ("localhost:8080", "http://localhost:8080/v1"),
        ("127.0.0.1:5001/v1", "http://127.0.0.1:5001/v1"),
        ("http://localhost:8080/completion", "http://localhost:8080/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://openrouter.ai", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://api.deepinfra.com", "https://api.deepinfra.com/v1/openai"),
        ("https://api.deepinfra.com/v1/openai", "https://api.deepinfra.com/v1/openai"),
        ("https://api.fireworks.ai/inference", "https://api.fireworks.ai/inference/v1"),
        ("https://example.org/team/llm", "https://example.org/team/llm/v1"),
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://localhost:11434/v1", "http://localhost:11434"),
        ("http://localhost:11434/api/generate", "http://localhost:11434"),
    ],
)
def test_what_is_nearly_right_is_mended(pasted: str, base: str) -> None:
    assert Address.of(pasted, "m").base == base
    assert Address.parse(f"{pasted.strip()}#m").name == f"{base}#m"


def test_the_model_may_have_any_name() -> None:
    assert Address.parse("http://h/v1#org/Model-1:free").model == "org/Model-1:free"
    assert Address.parse("http://h/v1#a%20b#c").model == "a b#c"


def test_ollama_is_known_by_its_port_or_by_its_kind() -> None:
    assert Address.parse("http://localhost:11434#llama3:text").dialect is OLLAMA
    assert Address.of("http://gpu:8000/v1", "m", "ollama").base == "http://gpu:8000"
    assert Address.of("http://localhost:11434/v1", "m", "openai").base.endswith("/v1")


@pytest.mark.parametrize(
    "pasted",
    ["", "http://", "http://h:port/v1", "ftp://h/v1", "two words", "http://[::1/v1", "#", "/v1"],
)
def test_what_is_no_address_is_refused_with_an_example(pasted: str) -> None:
    with pytest.raises(InputError) as refusal:
        Address.of(pasted, "m")
    assert "http://localhost:8080/v1#" in refusal.value.hint


def test_an_address_without_a_model_is_refused_with_what_to_add() -> None:
    for pasted in ("http://localhost:8080/v1", "http://localhost:8080/v1#", "http://h/v1# "):
        with pytest.raises(InputError, match="which model") as refusal:
            Address.parse(pasted)
        assert "#" in refusal.value.hint


@pytest.mark.parametrize(
    "pasted",
    ["https://me:sk-planted@h/v1", "https://sk-planted@h/v1", "https://h/v1?api_key=sk-planted"],
)
def test_an_address_with_a_key_in_it_is_refused_without_showing_it(pasted: str) -> None:
    with pytest.raises(InputError) as refusal:
        Address.parse(f"{pasted}#m")
    assert "sk-planted" not in str(refusal.value) + refusal.value.hint
    assert "FLOURISHING_API_KEY" in refusal.value.hint


@pytest.mark.parametrize(
    ("base", "here", "is_open"),
    [
        ("http://localhost:1/v1", True, False),
        ("http://127.0.0.2:1/v1", True, False),
        ("http://[::1]:1/v1", True, False),
        ("http://gpu.local/v1", False, True),
        ("http://10.0.0.1/v1", False, True),
        ("http://localhost.example.org/v1", False, True),
        ("https://api.together.xyz/v1", False, False),
    ],
)
def test_it_is_known_who_can_read_what_is_sent(base: str, here: bool, is_open: bool) -> None:
    address = Address.of(base, "m")
    assert (address.is_here, address.is_open) == (here, is_open)


def test_the_root_is_what_stands_before_the_version() -> None:
    assert Address.of("http://h:1/base/v1", "m").root == "http://h:1/base"
    assert Address.of("https://api.deepinfra.com", "m").root == "https://api.deepinfra.com"


@given(st.text(max_size=40))
def test_any_text_is_mended_or_refused_and_what_is_mended_stays(pasted: str) -> None:
    try:
        address = Address.parse(pasted)
    except InputError:
        return
    assert Address.of(address.base, address.model) == address


class Keyring(KeyringBackend):
    """A keyring with one key in it, for these tests alone."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return KEY if (service, username) == ("flourishing", "together:ai") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def own_keyring() -> Generator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


def named(place: str) -> NamedModel:
    return NamedModel(endpoint="https://h/v1", model="m", keyring=place)


def test_a_key_is_found_in_the_keyring() -> None:
    key = find_key(named("flourishing:together:ai"), by_address=False)
    assert key is not None
    assert key.hide(f"the key is {KEY}.") == "the key is \u2026."


def test_a_keyring_without_the_key_is_an_error_with_its_place() -> None:
    with pytest.raises(AuthError, match="flourishing:nobody") as refusal:
        find_key(named("flourishing:nobody"), by_address=False)
    assert refusal.value.hint


def test_a_key_does_not_show_itself() -> None:
    key = Key(KEY)
    assert KEY not in repr(key) + str(key) + f"{key}"
    assert not hasattr(key, "__dict__")


def test_without_a_place_there_is_no_key() -> None:
    model = NamedModel(endpoint="https://h/v1", model="m")
    assert find_key(model, by_address=True) is None
    assert find_key(model, by_address=False) is None


KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)


@given(key=KEYS, spelling=st.sampled_from(list(SPELLINGS)), around=st.text(max_size=8))
def test_a_key_is_hidden_in_whatever_spelling_it_comes(
    key: str, spelling: str, around: str
) -> None:
    shown = Key(key).hide(f"{around}[{SPELLINGS[spelling](key)}]{around}")
    for spell in SPELLINGS.values():
        assert spell(key) not in shown or spell(key) in around


@given(key=KEYS, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_key_within_other_bytes_in_base64_is_hidden_but_for_its_ends(
    key: str, before: bytes, after: bytes
) -> None:
    told = b64encode(before + key.encode() + after).decode()
    shown = Key(key).hide(told)
    assert "…" in shown
    left = shown.replace("…", "")
    assert len(left) <= 4 * (len(before) + len(after)) // 3 + 12


@given(key=KEYS, words=st.text(max_size=60))
def test_words_without_the_key_stay_as_they_are(key: str, words: str) -> None:
    shown = Key(key).hide(words)
    assert shown == words or any(
        spell(key).lower() in words.lower() for spell in SPELLINGS.values()
    )
