"""Texts as Markdown files: written, edited by hand, and read back."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flourishing.errors import InputError, StorageError
from flourishing.exchange.markdown import Page, put_page, read_page, read_pages, write_page
from flourishing.sampling import Sampling
from flourishing.text import Origin, Source, Text

HERE = Path("poem.md")
WORDS = st.text(st.characters(codec="utf-8"))


@given(content=WORDS, tag=WORDS, words=WORDS)
@example("---\nid: 3\n---\n\nthe sea", "---", "\n---\n")
@example("\n\nthe sea\n\n\n", " ", "")
@example("the sea\r\nfalls\r", "\r", "\x00")
@example("a\x00b\u2028c\u0085d\ufeff\ufffe", "\u2028", "\u0085\n---\n")
@example("\ufeff", "- &a [*a]", "!!python/object:os.system")
@example("", "2024-01-01", "null")
@example("", "0\x850\u2028\u20290", "0\u20290")
def test_any_text_is_read_back_as_it_was_written(content: str, tag: str, words: str) -> None:
    origin = Origin(
        author="model",
        parents=(Text("the sea"),),
        start=words,
        model=words,
        sampling=Sampling(max_tokens=5),
        seed=4,
        source=Source(author=words, title=words),
    )
    text = Text(content, origin)
    with tempfile.TemporaryDirectory() as folder:
        write_page(Path(folder), 12, text, tags=(tag,))
        (page,) = read_pages(Path(folder))
    assert (page.content, page.id, page.digest) == (content, 12, text.digest)
    assert not page.changed
    assert page.tags == ((tag.strip(),) if tag.strip() else ())


@given(WORDS)
def test_any_file_is_read_or_refused(words: str) -> None:
    for whole in (words, f"---\n{words}\n---\n\nthe sea", f"---\r\n{words}"):
        with suppress(InputError):
            assert Text(read_page(HERE, whole).content).digest


def test_the_file_is_for_people_too(tmp_path: Path) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    text = Text("The sea, the sea!\nIt falls.", Origin(author="person", at=at))
    path = write_page(tmp_path / "poems", 12, text, tags=("dusk", "sea"))
    assert path.name == "00012-the-sea-the-sea-it-falls.md"
    assert path.read_text(encoding="utf-8") == (
        f"---\nid: 12\ndigest: {text.digest}\ntags:\n- dusk\n- sea\nauthor: person\n"
        "at: '2026-01-02T00:00:00+00:00'\n---\n\nThe sea, the sea!\nIt falls.\n"
    )
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", ["שלום", "…", "../../etc/passwd", "CON", "a" * 500, "x/y\\z"])
def test_a_name_is_good_on_any_disk(tmp_path: Path, content: str) -> None:
    path = write_page(tmp_path, 7, Text(content))
    assert path.parent == tmp_path
    assert path.name.isascii()
    assert len(path.name) < 100
    assert path.exists()


class TestByHand:
    """What editors and people do to files."""

    def page(self, folder: Path, change: tuple[bytes, bytes]) -> Page:
        path = write_page(folder, 12, Text("the sea\nfalls"), tags=("dusk",))
        path.write_bytes(path.read_bytes().replace(*change))
        (page,) = read_pages(folder)
        return page

    @pytest.mark.parametrize(
        "change",
        [
            (b"\n", b"\r\n"),
            (b"---\nid", b"\xef\xbb\xbf---\nid"),
            (b"falls\n", b"falls"),
            (b"falls\n", b"falls\n\n\n"),
            (b"---\n\nthe", b"---\nthe"),
            (b"author: person\n", b"author: nobody\nnonsense: 4\n"),
        ],
    )
    def test_an_editor_changes_no_text(self, tmp_path: Path, change: tuple[bytes, bytes]) -> None:
        page = self.page(tmp_path, change)
        assert (page.content, page.changed, page.id) == ("the sea\nfalls", False, 12)

    @pytest.mark.parametrize(
        ("change", "content"),
        [
            ((b"falls", b"fell"), "the sea\nfell"),
            ((b"the sea", b" the sea"), " the sea\nfalls"),
            ((b"the sea\n", b"the sea\n---\n"), "the sea\n---\nfalls"),
        ],
    )
    def test_a_person_does(self, tmp_path: Path, change: tuple[bytes, bytes], content: str) -> None:
        page = self.page(tmp_path, change)
        assert (page.content, page.changed, page.id) == (content, True, 12)

    @pytest.mark.parametrize(
        ("told", "tags"),
        [
            (b"tags: [sea, dusk]", ("sea", "dusk")),
            (b"tags: [2024-01-01, yes, 5, null]", ("2024-01-01", "yes", "5", "null")),
            (b"tags: sea", ("sea",)),
            (b"tags:", ()),
            (b"tags: []", ()),
            (b"tags: [' sea ', '', {a: b}]", ("sea",)),
            (b"labels: [sea]", None),
        ],
    )
    def test_tags_are_words(
        self, tmp_path: Path, told: bytes, tags: tuple[str, ...] | None
    ) -> None:
        assert self.page(tmp_path, (b"tags:\n- dusk", told)).tags == tags

    @pytest.mark.parametrize(
        "id", ["yes", "-3", "0", "03", "1.5", "9" * 19, "9" * 5000, "[3]", "0x10", "2024-01-01"]
    )
    def test_what_can_be_no_number_is_none(self, id: str) -> None:
        assert read_page(HERE, f"---\nid: {id}\n---\n\nthe sea").id is None

    @pytest.mark.parametrize(
        ("whole", "content"),
        [
            ("the sea\nfalls\n", "the sea\nfalls"),
            ("the sea\r\nfalls\r\n", "the sea\nfalls"),
            ("\n\nthe sea", "the sea"),
            ("the sea\n---\nfalls", "the sea\n---\nfalls"),
            ("--- the sea", "--- the sea"),
            ("", ""),
        ],
    )
    def test_a_file_without_front_matter_is_new(self, whole: str, content: str) -> None:
        page = read_page(HERE, whole)
        assert (page.content, page.id, page.tags, page.changed) == (content, None, None, True)


def bomb(key: str) -> str:
    """Write a few lines that would stand for a thousand million words."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join([*lines, f"{key}: *a8"])


class TestHostile:
    @pytest.mark.parametrize("key", ["tags", "digest", "id", "<<"])
    def test_a_bomb_of_aliases_is_refused(self, key: str) -> None:
        with pytest.raises(InputError, match="front matter"):
            read_page(HERE, f"---\n{bomb(key)}\n---\n\nthe sea")

    def test_merged_keys_are_no_bomb(self) -> None:
        lines = ["a0: &a0 {k: v}"]
        lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 9)]
        with pytest.raises(InputError, match="front matter"):
            read_page(HERE, "---\n" + "\n".join(lines) + "\n---\n\nthe sea")

    @pytest.mark.parametrize(
        "line",
        [
            "tags: !!python/object/apply:os.system ['touch hacked']",
            "id: !!python/object/new:os.system ['touch hacked']",
            "!!python/object/apply:os.system ['touch hacked']: 1",
        ],
    )
    def test_nothing_is_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        try:
            page = read_page(HERE, f"---\n{line}\n---\n\nthe sea")
        except InputError:
            page = Page(path=HERE, content="the sea")
        assert (page.content, page.id) == ("the sea", None)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("front", ["a: [", "\tx: y", "'", "? [", "a: b: c", "[" * 100_000])
    def test_broken_front_matter_is_refused_with_its_file(self, front: str) -> None:
        with pytest.raises(InputError, match=r"front matter of poem\.md"):
            read_page(HERE, f"---\n{front}\n---\n\nthe sea")

    @pytest.mark.parametrize("front", ["just words", "- a\n- b", "12", ""])
    def test_front_matter_of_another_kind_says_nothing(self, front: str) -> None:
        page = read_page(HERE, f"---\n{front}\n---\n\nthe sea")
        assert (page.content, page.id, page.tags) == ("the sea", None, None)


class TestFolders:
    def test_are_read_in_the_order_of_their_names(self, tmp_path: Path) -> None:
        for name in ("b.md", "a.md", "c.txt"):
            (tmp_path / name).write_text(name, encoding="utf-8")
        assert [page.content for page in read_pages(tmp_path)] == ["a.md", "b.md"]

    def test_one_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no folder"):
            list(read_pages(tmp_path / "nowhere"))

    def test_what_is_no_text_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_bytes(b"\xff\xfe")
        with pytest.raises(InputError, match=r"a\.md cannot be read"):
            list(read_pages(tmp_path))

    def test_a_place_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(StorageError, match="cannot be written"):
            put_page(tmp_path / "file" / "poem.md", 1, Text("the sea"))
