"""What is shared: as much as was asked for, of nobody unasked, and the same text elsewhere."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import flourishing as fl
from flourishing.app.import_file import ImportRequest, ImportResult, import_texts
from flourishing.app.share import Contents, ShareRequest, contents, gather, share_text
from flourishing.core.text import Origin, Source, Text
from flourishing.errors import InputError, TextError
from flourishing.garden import Garden, Stored, open_garden
from tests.garden.broods import bred
from tests.garden.new import new_garden

SECRET = "a word of my own"
HOSTILE = "</script><script>alert(1)</script>\n<!-- \u202e & \x7f \u2028 \U0001f98a ]]>\n    in"


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Garden]:
    with open_garden(new_garden(tmp_path / "other.db")) as other:
        yield other


@pytest.fixture
def poem(garden: Garden) -> Stored:
    """Give a person's edit of an offspring of a published poem and of one of theirs."""
    source = Source(author="Carl Sandburg", title="Fog", year=1916, published="Chicago Poems")
    fog, own = garden.add(
        Text("the fog comes", Origin(author="person", source=source)), "rain on the roof"
    )
    bed = garden.beds.open(f"bed of {SECRET}", parents=(fog.id, own.id))
    (offspring, _) = garden.save(bred([fog, own], ["the fog comes home", "mist"]), bed=bed)
    garden.shelves.put(f"shelf of {SECRET}", offspring)
    edit = garden.edit(offspring, f"the fog comes home late\n{HOSTILE}")
    garden.tag(f"tag of {SECRET}", edit)
    garden.pin(edit)
    return garden.text(edit.id)


def shared(garden: Garden, text: Stored, form: Any = "page", **choices: Any) -> bytes:
    return share_text(garden, ShareRequest(id=text.id, form=form, **choices)).data


def take_in(garden: Garden, page: bytes) -> ImportResult:
    return import_texts(garden, ImportRequest(source=page, name="page.html"))


class TestPages:
    @pytest.mark.parametrize("scope", [None, "ancestors", "family"])
    def test_another_garden_takes_the_same_text_in_with_its_lineage(
        self, garden: Garden, other: Garden, poem: Stored, scope: Any
    ) -> None:
        done = take_in(other, shared(garden, poem, scope=scope))
        assert (done.kind, done.problems) == ("garden", ())
        there = next(text for text in done.texts if text.identity == poem.identity)
        assert there.content == poem.content
        assert isinstance(there, Stored)
        ours, theirs = garden.lineage.ancestors(poem.id), other.lineage.ancestors(there.id)
        assert {*ours.texts.values()} == {*theirs.texts.values()}
        assert garden.lineage.spans(poem.id) == other.lineage.spans(there.id)
        assert other.text(there.id).marks == {"keep"}
        assert other.verify() == []

    def test_it_is_known_the_second_time_and_undone_as_one_act(
        self, garden: Garden, other: Garden, poem: Stored
    ) -> None:
        page = shared(garden, poem)
        done = take_in(other, page)
        again = take_in(other, page)
        assert (again.fresh, again.known, again.act) == ((), 1, None)
        assert done.act is not None
        other.undo_act(done.act)
        assert other.search.page("keep") == []

    @pytest.mark.parametrize("scope", ["text", "family"])
    def test_its_title_goes_with_it(
        self, garden: Garden, other: Garden, poem: Stored, scope: Any
    ) -> None:
        page = shared(garden, poem, scope=scope, title="  Late fog\n")
        take_in(other, page)
        assert [text.title for text in other.search.page("keep")] == ["Late fog"]
        again = take_in(other, page)
        assert (again.fresh, again.act) == ((), None)

    def test_it_is_known_by_its_content_from_a_file_of_any_name(
        self, garden: Garden, other: Garden, poem: Stored, tmp_path: Path
    ) -> None:
        page = shared(garden, poem)
        for name, data in (
            ("poem.txt", page),
            ("again.md", page.decode().replace("\n", "\r\n").encode()),
            ("marked.html", b"\xef\xbb\xbf\n " + page),
            ("wide.html", page.decode().encode("utf-16")),
            ("tidied.html", re.sub(rb'type="[^"]*" id="(flourishing-data)"', rb"ID='\1'", page)),
        ):
            path = tmp_path / name
            path.write_bytes(data)
            done = import_texts(other, ImportRequest(source=path, preview=True))
            assert [text.identity for text in done.texts] == [poem.identity], name

    def test_what_was_changed_by_hand_is_refused_and_named(
        self, garden: Garden, other: Garden, poem: Stored
    ) -> None:
        page = shared(garden, poem)
        head, mark, data = page.partition(b'id="flourishing-data"')
        for forged in (
            data.replace(b"comes home late", b"comes home soon"),
            data.replace(b"Carl Sandburg", b"Someone Else"),
            data.replace(b'"author": "person"', b'"author": "model"'),
            data.replace(b'"prompt": "', b'"prompt": "x'),
        ):
            assert forged != data
            with pytest.raises(InputError, match="Nothing of this file can be imported"):
                take_in(other, head + mark + forged)
        shown = head.replace(b"comes home late", b"comes home soon") + mark + data
        assert take_in(other, shown).texts[0].content == poem.content

    def test_a_text_alone_says_nothing_of_what_it_came_from(
        self, garden: Garden, other: Garden, poem: Stored
    ) -> None:
        page = shared(garden, poem, scope="text")
        for words in (b"Sandburg", b"rain on the roof", b"mist"):
            assert words not in page, words
        done = take_in(other, page)
        (there,) = done.texts
        assert isinstance(there, Stored)
        assert (there.content, there.origin.parents) == (poem.content, ())
        assert garden.lineage.spans(poem.id) == other.lineage.spans(there.id)

    def test_no_text_ends_the_element_that_it_stands_in(self, garden: Garden, poem: Stored) -> None:
        page = shared(garden, poem).decode()
        assert page.count("<script") == page.count("</script>") == 2
        data = page.partition('id="flourishing-data">')[2].partition("</script>")[0]
        assert data.isascii()
        assert not re.search(r"[<>&\x00-\x09\x0b-\x1f\x7f]", data)
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
        assert policy is not None
        assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'"} <= {
            each.strip() for each in policy[1].split(";")
        }


@pytest.mark.parametrize("form", ["page", "text"])
@pytest.mark.parametrize("scope", ["text", "ancestors", "family"])
def test_nothing_that_a_person_said_of_a_text_is_in_it(
    garden: Garden, poem: Stored, form: Any, scope: Any
) -> None:
    file = shared(garden, poem, form, scope=scope, credit=True)
    for words in (SECRET, "pin", '"usage": {"prompt": 9', "garden.db"):
        assert words.encode() not in file, words


def test_nobody_is_named_unless_that_is_asked(garden: Garden, poem: Stored) -> None:
    (fog,) = [text for text in garden.texts([1]) if text.origin.source]
    assert shared(garden, fog, "text") == b"the fog comes\n"
    named = shared(garden, fog, "text", credit=True).decode()
    assert named.startswith("Fog\n\nthe fog comes\n\n— Carl Sandburg, “Fog”, 1916\n")
    mine = shared(garden, poem, "text", by=" Ada ", title="Late").decode()
    assert mine == f"Late\n\n{poem.content}\n\n— Ada\n"
    alone = shared(garden, fog, "page", scope="text")
    assert b"Sandburg" not in alone
    assert b"Sandburg" in shared(garden, fog, "page", scope="text", credit=True)


def test_what_a_file_would_name_is_said_before(garden: Garden, poem: Stored) -> None:
    def said(**choices: Any) -> Any:
        return contents(gather(garden, ShareRequest(id=poem.id, **choices)))

    assert said() == Contents(texts=1, names=(), models=())
    page = said(form="page", by="Ada")
    assert page.texts == 4
    assert page.names == ("Ada", "Carl Sandburg, Fog, Chicago Poems")
    assert page.models == ("by hand",)
    assert said(form="page", scope="text").names == ()
    assert said(form="text", credit=True).names[-1] == "Made with Flourishing"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("http://127.0.0.1:8080/v1#poet", "poet"),
        ("/home/lovelace/models/poet.gguf", "poet"),
        ("C:\\Users\\lovelace\\poet.gguf", "poet"),
        ("http://lovelace@example.org/v1", "a base model"),
        ("google/gemma-3-270m", "google/gemma-3-270m"),
    ],
)
def test_a_model_is_named_without_where_it_is(garden: Garden, name: str, told: str) -> None:
    (text,) = garden.add(Text("mist", Origin(author="model", model=name)))
    file = shared(garden, text, "text", credit=True).decode()
    assert told in file
    assert "lovelace" not in file
    assert b"lovelace" not in shared(garden, text, "page", scope="text", credit=True)


def test_a_plain_file_of_a_family_has_its_texts_by_generations(
    garden: Garden, poem: Stored
) -> None:
    words = shared(garden, poem, "text", scope="ancestors").decode()
    assert words.split("\n---\n")[:3] == ["the fog comes", "rain on the roof", "the fog comes home"]


def test_a_family_of_pictures_is_drawn_as_pictures(garden: Garden) -> None:
    red, words = garden.add("pixel(x, y) = (1, 0, 0)", "the fog comes")
    of_both = Origin(author="person", parents=(red, words))
    (blue,) = garden.add(Text("pixel(x, y) = (0, 0, 1)", of_both))
    data = shared(garden, blue, "picture", scope="ancestors")
    image = Image.open(io.BytesIO(data)).convert("RGB")
    counts = {colour: count for count, colour in image.getcolors(image.width * image.height) or ()}
    # Each is a card of 96 pixels a side, but for its border and its round corners.
    assert all(80**2 < counts[colour] <= 96**2 for colour in ((255, 0, 0), (0, 0, 255)))


@pytest.mark.parametrize("size", ["square", "wide", "long"])
def test_a_picture_alone_is_shown_as_the_picture(garden: Garden, size: Any) -> None:
    (red,) = garden.add("pixel(x, y) = (1, 0, 0)")
    data = shared(garden, red, "picture", size=size, title="Red", by="Ada")
    image = Image.open(io.BytesIO(data)).convert("RGB")
    counts = {colour: count for count, colour in image.getcolors(image.width * image.height) or ()}
    assert 500**2 < counts[(255, 0, 0)] <= (1080 - 2 * 96) ** 2


def test_python_shares_by_number(garden: Garden, poem: Stored, tmp_path: Path) -> None:
    (fog, *_) = garden.texts([1])
    file = fl.share(garden, fog.id, size="square", look="night")
    assert (file.name, file.media_type) == ("the fog comes.png", "image/png")
    path = file.save(tmp_path / "fog.png")
    with Image.open(path) as image:
        assert image.size == (1080, 1080)
    drawn = fl.share(garden, poem.id, scope="family", title="../../Fog: a <family>")
    assert drawn.name == "Fog a family.png"
    assert Image.open(io.BytesIO(drawn.data)).width >= 1080


def test_what_cannot_be_shared_is_said(garden: Garden) -> None:
    with pytest.raises(InputError, match="no form 'film'"):
        ShareRequest(id=1, form="film")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no scope 'cousins'"):
        ShareRequest(id=1, scope="cousins")  # type: ignore[arg-type]
    with pytest.raises(TextError, match="name"):
        ShareRequest(id=1, by="\ud800")
    with pytest.raises(InputError, match="99"):
        share_text(garden, ShareRequest(id=99))
