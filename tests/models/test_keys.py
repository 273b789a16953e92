"""Keys: found where a person put them, and shown to nobody but the server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Generator

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend

from flourishing.errors import AuthError
from flourishing.models.endpoint.keys import Key, find_key
from flourishing.settings import NamedModel
from tests.models.behaviours import SPELLINGS
from tests.models.conftest import KEY


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
