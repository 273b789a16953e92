"""Keys in other tools' files are counted, and never repeated."""

from __future__ import annotations

import pytest

from flourishing.formats.looms.loom import dropped_keys


@pytest.mark.parametrize(
    "name", ["apiKey", "api_key", "endpointAPIKey", "saved-oai-key", "password"]
)
def test_a_key_is_counted_wherever_it_stands(name: str) -> None:
    assert dropped_keys({"a": [{"b": {name: "sk-PLANTED"}}]}) == ("1 key or password",)


def test_keys_are_counted_together() -> None:
    assert dropped_keys([{"apiKey": "sk-PLANTED"}, {"apiKey": "sk-PLANTED"}]) == (
        "2 keys or passwords",
    )


@pytest.mark.parametrize(
    "document",
    [
        {"apiKey": ""},
        {"toggle_key": "b"},
        {"key": "selectedSessionId"},
        {"keys": ["the fox runs"]},
        {"monkey": "a hairy animal"},
        {"text": "sk-PLANTED"},
        None,
    ],
)
def test_what_is_no_key_is_not_counted(document: object) -> None:
    assert dropped_keys(document) == ()
