"""Pictures that models made: kept with their text on every kind of garden, emptied with it."""

from __future__ import annotations

import pytest

from flourishing.errors import InputError
from flourishing.garden import Garden
from flourishing.models.images import ModelImage

OWL = ModelImage(
    media_type="image/png", data=b"\x89PNG owl\0", width=8, height=6, model="m", prompt="an owl\0"
)


def test_a_picture_is_kept_with_its_text(garden: Garden) -> None:
    (text, other) = garden.add("an owl", "a hen")
    first, second = (garden.pictures.put(text.id, OWL) for _ in range(2))
    assert [each.id for each in garden.pictures.of_text(text.id)] == [second.id, first.id]
    assert garden.pictures.of_text(other.id) == []
    assert (first.text, first.model, first.width, first.height) == (text.id, "m", 8, 6)
    assert garden.pictures.get(first.id) == OWL


def test_what_is_not_there_is_refused(garden: Garden) -> None:
    with pytest.raises(InputError, match="no text 99"):
        garden.pictures.put(99, OWL)
    with pytest.raises(InputError, match="no picture 99"):
        garden.pictures.get(99)


def test_emptying_a_text_empties_its_pictures(garden: Garden) -> None:
    (text,) = garden.add("an owl")
    kept = garden.pictures.put(text.id, OWL)
    garden.put_away(text)
    assert garden.pictures.get(kept.id) == OWL
    assert garden.empty().gone == 1
    with pytest.raises(InputError):
        garden.pictures.get(kept.id)
    assert garden.verify() == []
