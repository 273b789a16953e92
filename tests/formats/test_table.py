"""Tables: nothing that stands in one is lost without a word."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flourishing.core.text import Source, normalize_line_ends
from flourishing.errors import InputError
from flourishing.formats.detect import Found, read
from flourishing.formats.table import read_table

CASES = Path(__file__).parent / "cases"


def found(tmp_path: Path, words: str, name: str = "t.csv", **how: str) -> Found:
    path = tmp_path / name
    path.write_bytes(words.encode())
    return read(path, **how)  # type: ignore[arg-type]


def contents(found: Found) -> list[str]:
    return [text.content for text in found.texts]


# The delimiter.


@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_stands_between_cells_is_found_by_looking(
    tmp_path: Path, delimiter: str, name: str
) -> None:
    rows = [["id", "poem", "poet"], ["1", "cat", "A. Reader"], ["2", "dog", ""]]
    poems = found(tmp_path, "\n".join(map(delimiter.join, rows)), name)
    assert contents(poems) == ["cat", "dog"]
    assert poems.texts[0].origin.source == Source(author="A. Reader", published=f"{name}, row 1")


def test_poems_between_vertical_lines_are_whole_and_no_header_is_invented() -> None:
    poems = read(CASES / "pipes.csv")
    assert contents(poems) == ["rain on tin, rain on slate", "a door, then nothing"]
    assert poems.notes == (
        "No header was found: the first row is read like the others. The texts are in column 3.",
        "Left out: column 1, column 2, column 4.",
    )


@pytest.mark.parametrize("delimiter", ["#", "tab", "\t", "pipe"])
def test_what_stands_between_cells_can_be_said(tmp_path: Path, delimiter: str) -> None:
    sign = {"tab": "\t", "pipe": "|"}.get(delimiter, delimiter)
    words = f"poem{sign}poet\ncat, dog{sign}me\n"
    assert contents(found(tmp_path, words, "t.txt", delimiter=delimiter)) == ["cat, dog"]


def test_excels_own_first_line_says_what_stands_between_cells(tmp_path: Path) -> None:
    assert contents(found(tmp_path, "sep=;\r\npoem;poet\r\ncat, dog;me\r\n")) == ["cat, dog"]


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n"])
def test_what_cannot_stand_between_cells_is_refused(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(InputError, match="cannot stand between"):
        found(tmp_path, "poem\ncat", delimiter=delimiter)


# The header, and the column with the texts.


def test_a_file_without_a_header_gives_its_first_line_too() -> None:
    poems = read(CASES / "no-header.csv")
    assert contents(poems) == ["roofers on a ladder", "snow in the cabin"]
    assert "No header was found: the first row is read like the others." in poems.notes


def test_a_header_of_one_column_is_said(tmp_path: Path) -> None:
    poems = found(tmp_path, "haiku\nfog\n")
    assert contents(poems) == ["fog"]
    assert poems.notes == ("The first row, 'haiku', was taken for a header.",)


def test_poet_and_title_are_the_source_whatever_the_line_ends_were() -> None:
    (poem,) = read(CASES / "poet-column.csv").texts
    assert poem.content == "the gulls argue\nover a paper boat\n\nand lose"
    assert poem.origin.source == Source(
        author="A. Reader", title="Harbour", published="poet-column.csv"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends_of_a_table_make_no_difference(tmp_path: Path, end: str) -> None:
    table = 'poet,poem\nme,"fog\n\ncat"\nyou,dog\n'.replace("\n", end)
    assert contents(found(tmp_path, table)) == ["fog\n\ncat", "dog"]


@pytest.mark.parametrize("poet", ["author", "Poet", "writer", "Poet Name", "author_name"])
@pytest.mark.parametrize("title", ["title", "Name", "poem_title"])
def test_columns_are_known_by_every_usual_name(tmp_path: Path, poet: str, title: str) -> None:
    (poem,) = found(tmp_path, f"{poet},{title},year,poem\nme,Fog,1916,the fog\n").texts
    assert poem.origin.source == Source(author="me", title="Fog", year=1916, published="t.csv")


def test_a_table_gives_texts_with_their_sources(tmp_path: Path) -> None:
    table = (
        'Title,Author,Year,Poem\nFog,Carl Sandburg,1916,"The fog comes\non cat feet."\n,,x,wolf\n'
    )
    fog, wolf = found(tmp_path, table, "poems.csv").texts
    assert fog.content == "The fog comes\non cat feet."
    assert fog.origin.source == Source(
        author="Carl Sandburg", title="Fog", year=1916, published="poems.csv"
    )
    assert wolf.origin.source == Source(published="poems.csv, row 2")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("column", ["B", "b "])
def test_a_table_has_the_column_that_is_asked_for(
    tmp_path: Path, delimiter: str, column: str
) -> None:
    table = delimiter.join(["a", "b"]) + "\n" + delimiter.join(["cat", "dog"]) + "\n"
    assert contents(found(tmp_path, table, column=column)) == ["dog"]


def test_a_column_can_be_named_by_its_number(tmp_path: Path) -> None:
    assert contents(found(tmp_path, "cat,dog\nfog,gull\n", column="2")) == ["dog", "gull"]
    assert contents(found(tmp_path, "poet,other,poem\nme,dog,cat\n", column="2")) == ["dog"]


@pytest.mark.parametrize("column", [None, "c", "0", "3", "9" * 5000])
def test_a_table_without_that_column_lists_those_it_has(tmp_path: Path, column: str | None) -> None:
    with pytest.raises(InputError) as refusal:
        found(tmp_path, "a,b\ncat,dog\n", **({} if column is None else {"column": column}))
    assert "'a', 'b'" in refusal.value.hint


def test_a_header_is_known_by_the_numbers_below_it(tmp_path: Path) -> None:
    poems = found(tmp_path, "n,words\n1,fog on the water\n2,a cat asleep\n")
    assert contents(poems) == ["fog on the water", "a cat asleep"]


def test_columns_that_are_left_out_are_named(tmp_path: Path) -> None:
    poems = found(tmp_path, "id,poem,poem,empty,rating,title\n1,fog,mist,,4,Fog\n")
    assert contents(poems) == ["fog"]
    assert "Left out: 'id', 'poem', 'rating'." in poems.notes


# Rows that are not as the others.


def test_cells_beyond_a_header_of_one_column_are_the_texts_own() -> None:
    poems = read(CASES / "cells-beyond-header.csv")
    assert contents(poems) == ["fog, sea, salt", "old gate"]


def test_cells_beyond_the_last_column_join_the_text_there(tmp_path: Path) -> None:
    poems = found(tmp_path, "poet,poem\nme,fog\nme,sea, salt,  sand\nme,cat,,\n")
    assert contents(poems) == ["fog", "sea, salt,  sand", "cat"]
    assert (
        "Joined to the text because there is no further column: the last cells of 1 (row 2)."
        in poems.notes
    )


def test_rows_with_too_many_cells_are_left_out_by_number(tmp_path: Path) -> None:
    poems = found(tmp_path, "poem,poet\nfog,me\nsea, salt,me\ngate,me\na,b,c\n")
    assert contents(poems) == ["fog", "gate"]
    assert (
        "Left out because they have more cells than there are columns: 2 (row 2, row 4)."
        in poems.notes
    )


def test_short_and_blank_rows_are_counted_with_their_numbers(tmp_path: Path) -> None:
    poems = found(tmp_path, "poet,poem\nme,fog\nme\nme,\n,\n\nme,cat\n")
    assert contents(poems) == ["fog", "cat"]
    assert "Left out because they are blank: 3 (row 2, row 3, row 4)." in poems.notes


def test_a_long_list_of_rows_is_cut(tmp_path: Path) -> None:
    poems = found(tmp_path, "poet,poem\n" + "me,\n" * 40 + "me,fog\n")
    assert (
        "Left out because they are blank: 40 (row 1, row 2, row 3, row 4, row 5 and 35 more)."
        in poems.notes
    )


# Quotes, marks and lengths.


def test_a_quote_inside_of_a_cell_is_a_quote(tmp_path: Path) -> None:
    assert contents(found(tmp_path, 'poem,poet\nthe "sea" said,me\n')) == ['the "sea" said']


def test_quotes_between_tabs_are_quotes(tmp_path: Path) -> None:
    table = 'poem\tpoet\n"Hope" is the thing\tE. D.\nwith feathers\tE. D.\n'
    assert contents(found(tmp_path, table, "t.tsv")) == ['"Hope" is the thing', "with feathers"]


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ('poem\n"fog', 2),
        ('poem,poet\nfog,me\n"sea,me\ncat,me\ndog,me\n', 3),
        ('poem,poet\n"a"b,c\n', 2),
    ],
)
def test_a_quote_that_is_not_closed_swallows_nothing(tmp_path: Path, table: str, line: int) -> None:
    with pytest.raises(InputError, match=f"no table.*line {line}"):
        found(tmp_path, table)


def test_a_cell_may_be_as_long_as_a_story(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    assert contents(found(tmp_path, "poem\n" + "x" * 200_000)) == ["x" * 200_000]
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_mark_at_the_beginning_is_no_part_of_the_header(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("poem,poet\nfog,me\n".encode(encoding))
    assert contents(read(path)) == ["fog"]


def test_zero_bytes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="zero bytes"):
        found(tmp_path, "poem\nfog\x00\n")


@pytest.mark.parametrize("words", ["", "\n\n", "poem\n", ",,\n,,\n", "poem,poet\n"])
def test_a_table_without_a_text_is_refused(tmp_path: Path, words: str) -> None:
    with pytest.raises(InputError, match="There is no text"):
        found(tmp_path, words)


CELLS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(CELLS, min_size=1), st.sampled_from(",;\t|"))
def test_what_csv_writes_is_read_back(texts: list[str], delimiter: str) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerows([["poet", "text"], *(["me", text] for text in texts)])
    passages, _ = read_table(written.getvalue(), file="t.csv")
    assert [each.content for each in passages] == [normalize_line_ends(text) for text in texts]


@given(st.text('ab,;|\t"\n\r 1', max_size=40))
def test_every_letter_of_a_table_is_read_or_the_table_is_refused(words: str) -> None:
    try:
        passages, notes = read_table(words, file="t.csv")
    except InputError as error:
        assert error.hint  # noqa: PT017 - either is right
        return
    if not notes:
        read_letters = sum(each.content.count("a") for each in passages)
        assert read_letters == words.count("a")
