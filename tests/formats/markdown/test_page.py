"""Texts as Markdown files: written, edited by hand, and read back."""

from __future__ import annotations

import re
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flourishing.core.sampling import Sampling
from flourishing.core.text import UNDATED, Origin, Source, Span, Text
from flourishing.errors import InputError, StorageError
from flourishing.formats.markdown.page import Page, decode_page, read_page, update_page, write_page
from flourishing.patterns import PATTERNS

HERE = Path("poem.md")
WORDS = st.text(st.characters(codec="utf-8"))


def read(path: Path) -> Page:
    return decode_page(path, path.read_bytes())


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
        page = read(write_page(Path(folder), 12, text, tags=(tag,)))
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
        return read(path)

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
            (b"tags: sea, dusk", ("sea", "dusk")),
            (b"tags: '#sea #dusk'", ("sea", "dusk")),
            (b"tags: ['#sea', 'sea, dusk']", ("#sea", "sea, dusk")),
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
        front = f"id: {id}\ndigest: {Text('the sea').digest}"
        assert read_page(HERE, f"---\n{front}\n---\n\nthe sea").id is None

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
    @pytest.mark.parametrize("key", ["tags", "digest", "id"])
    def test_a_bomb_of_aliases_is_refused(self, key: str) -> None:
        with pytest.raises(InputError, match="front matter"):
            read_page(HERE, f"---\n{bomb(key)}\n---\n\nthe sea")

    def test_merged_keys_are_no_bomb(self) -> None:
        lines = ["title: &a0 {k: v}"]
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
        assert page.content.endswith("the sea")
        assert page.id is None
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "front", ["a: [", "a: b: c", "title: Harbour: a poem", "tags: " + "[" * 60_000]
    )
    def test_broken_front_matter_is_refused_with_its_file(self, front: str) -> None:
        with pytest.raises(InputError, match=r"front matter of poem\.md"):
            read_page(HERE, f"---\n{front}\n---\n\nthe sea")

    def test_nested_front_matter_is_refused(self) -> None:
        with pytest.raises(InputError, match="front matter"):
            read_page(HERE, "---\ntags: " + "[" * 21 + "]" * 21 + "\n---\n\nthe sea")

    def test_two_megabytes_of_front_matter_are_refused_before_they_are_parsed(self) -> None:
        front = "tags:\n" + "- [sea, {a: b}]\n" * 130_000
        with pytest.raises(InputError, match="most that is read"):
            read_page(HERE, f"---\n{front}---\n\nthe sea")


class TestOrigins:
    """What a page says of where its text came from, for a garden that has not got the text."""

    AT = datetime(2026, 1, 2, tzinfo=UTC)

    def written(self, folder: Path, origin: Origin, *spans: Span) -> Path:
        return write_page(folder, 3, Text("the sea falls", origin), spans=spans)

    def test_a_models_text_stays_a_models(self, tmp_path: Path) -> None:
        origin = Origin(
            author="model",
            at=self.AT,
            model="echo",
            pattern=PATTERNS["poems"],
            start="the",
            seed=4,
            sampling=Sampling(max_tokens=5, temperature=0.7),
            source=Source(author="A. Reader", title="Harbour: a poem", year=1912, published="x.md"),
        )
        text = read(self.written(tmp_path, origin)).as_text()
        assert text.origin == origin

    def test_who_wrote_which_words_comes_along(self, tmp_path: Path) -> None:
        spans = (Span("model", 8), Span("person", 5))
        path = self.written(tmp_path, Origin(author="person", at=self.AT), *spans)
        assert read(path).origin.spans == spans
        path.write_bytes(path.read_bytes().replace(b"model 8", b"model 9"))
        assert read(path).origin.spans == ()

    def test_a_changed_one_is_the_persons_who_changed_it(self, tmp_path: Path) -> None:
        source = Source(title="Sea")
        path = self.written(tmp_path, Origin(author="model", model="echo", source=source))
        path.write_bytes(path.read_bytes().replace(b"falls", b"rises"))
        text = read(path).as_text()
        assert (text.content, text.origin.author) == ("the sea rises", "person")
        assert (text.origin.model, text.origin.source) == (None, source)

    def test_a_page_of_an_earlier_version_is_read(self) -> None:
        front = f"id: 3\ndigest: {Text('the sea').digest}\nauthor: model\nmodel: echo\n"
        front += "source: “Sea”, x.md\npattern: poems\nseed: 4\ntemperature: 1.0\n"
        text = read_page(HERE, f"---\n{front}---\n\nthe sea\n").as_text()
        assert (text.origin.author, text.origin.model, text.origin.seed) == ("model", "echo", 4)
        assert text.origin.source == Source(published="“Sea”, x.md")
        assert text.origin.at == UNDATED

    @pytest.mark.parametrize(
        "line",
        [
            "seed: many",
            "seed: -1",
            "sampling: hot",
            "sampling: {temperature: hot}",
            "sampling: {temperature: -1}",
            "source: [a]",
            "source: {year: soon}",
            "pattern: none of ours",
            "written: [nobody 7]",
            "written: 7",
            "at: yesterday",
            "start: [the]",
            "model: {a: b}",
            "author: nobody",
        ],
    )
    def test_what_is_of_the_wrong_kind_says_nothing(self, line: str) -> None:
        front = f"digest: {Text('the sea').digest}\n{line}"
        page = read_page(HERE, f"---\n{front}\n---\n\nthe sea\n")
        at = page.origin.at
        assert page.as_text().origin == Origin(author="person", at=at)


class TestForeign:
    """Notes that somebody else's program wrote."""

    @pytest.mark.parametrize(
        ("front", "source"),
        [
            ("title: Harbour\nauthor: A. Reader", Source(title="Harbour", author="A. Reader")),
            ("Title: Harbour\nPoet: A. Reader", Source(title="Harbour", author="A. Reader")),
            ("title: A\ncreator: B\nyear: 1912", Source(title="A", author="B", year=1912)),
            ("authors: [B, C]", Source(author="B, C")),
            ("author:\n- '[[B]]'\n- '[[people/C|C]]'", Source(author="B, C")),
            ("title: A\nsource: https://x.org", Source(title="A", published="https://x.org")),
            ("title: A\nyear: soon", Source(title="A")),
            ("title: {a: b}", None),
            ("tags: [sea]", None),
        ],
    )
    def test_title_and_author_are_the_source(self, front: str, source: Source | None) -> None:
        page = read_page(HERE, f"---\n{front}\n---\nthe sea\n")
        assert page.as_text().origin.source == source
        assert page.content == "the sea"

    def test_what_is_not_taken_is_named(self) -> None:
        front = "title: A\naliases: [x]\ncreated: 2023-05-30\nauthor: B\npoet: C\nyear: soon"
        page = read_page(HERE, f"---\n{front}\n---\nthe sea\n")
        assert page.not_taken == ("aliases", "created", "poet", "year")

    @pytest.mark.parametrize(
        ("front", "tags"),
        [
            ("tags: [sea, dusk]", ("sea", "dusk")),
            ("tags: sea, dusk", ("sea", "dusk")),
            ("tags:\n  - '#sea'\n  - dusk", ("sea", "dusk")),
            ("Tags: '#sea #dusk'", ("sea", "dusk")),
            ("tags: the sea", ("the sea",)),
            ("tag: sea\nkeywords: sea, dusk", ("sea", "dusk")),
            ("tags:", ()),
            ("title: A", None),
        ],
    )
    def test_tags_are_taken(self, front: str, tags: tuple[str, ...] | None) -> None:
        assert read_page(HERE, f"---\n{front}\n---\nthe sea\n").tags == tags

    def test_the_same_note_is_the_same_text(self) -> None:
        whole = "---\ntitle: A\nauthor: B\n---\nthe sea\n"
        one = read_page(HERE, whole).as_text()
        other = read_page(Path("another.md"), whole.replace("\n", "\r\n")).as_text()
        assert one.identity == other.identity


class TestUpdating:
    """Writing into a page which text it now is."""

    def page(self, folder: Path, *changes: tuple[str, str]) -> Page:
        path = write_page(folder, 3, Text("the sea"), tags=("dusk",))
        words = path.read_bytes().decode()
        for old, new in changes:
            assert old in words
            words = words.replace(old, new)
        path.write_bytes(words.encode())
        return read(path)

    def test_what_is_not_ours_stays_as_it_is(self, tmp_path: Path) -> None:
        page = self.page(
            tmp_path,
            ("tags:\n- dusk\n", "title:   'Harbour'  # mine\n# a word of my own\ntags: [ dusk ]\n"),
            ("author: person\n", "author: person\nrating:   4\naliases:\n    - x\n"),
            ("the sea", "the sea falls"),
            ("\n", "\r\n"),
            ("---\r\nid", "\ufeff---\r\nid"),
        )
        before = page.path.read_bytes().decode()
        text = Text("the sea falls")
        assert update_page(page, 17, text)
        after = page.path.read_bytes().decode()
        old, new = Text("the sea").digest, text.digest
        at = re.search("at: (.+)\r\n", before)
        assert at is not None
        assert after == before.replace("id: 3", "id: 17").replace(old, new).replace(
            at[1], f"'{text.origin.at.isoformat()}'"
        )
        again = read(page.path)
        assert (again.id, again.changed, again.tags) == (17, False, ("dusk",))

    def test_what_no_longer_holds_is_taken_out(self, tmp_path: Path) -> None:
        born = Text("the sea", Origin(author="model", model="echo", seed=4, start="the"))
        path = write_page(tmp_path, 3, born)
        path.write_bytes(path.read_bytes().replace(b"the sea", b"the sea falls"))
        page = read(path)
        assert update_page(page, 4, born.edited("the sea falls"))
        words = path.read_text(encoding="utf-8")
        assert "author: person" in words
        assert f"parents:\n- {born.digest}\n" in words
        for gone in ("model", "seed", "start"):
            assert f"{gone}:" not in words
        assert words.endswith("---\n\nthe sea falls\n")

    def test_one_that_says_so_already_is_not_touched(self, tmp_path: Path) -> None:
        text = Text("the sea")
        path = write_page(tmp_path, 3, text)
        before = path.stat().st_mtime_ns, path.stat().st_ino
        assert update_page(read(path), 3, text)
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == before

    def test_one_that_was_saved_meanwhile_is_not_written(self, tmp_path: Path) -> None:
        page = self.page(tmp_path, ("the sea", "the sea falls"))
        page.path.write_bytes(page.path.read_bytes() + b"and rises\n")
        before = page.path.read_bytes()
        assert not update_page(page, 17, Text("the sea falls"))
        assert page.path.read_bytes() == before

    def test_its_encoding_stays(self, tmp_path: Path) -> None:
        page = self.page(tmp_path, ("the sea", "the séa"))
        page.path.write_bytes(page.path.read_bytes().decode().encode("utf-16"))
        page = read(page.path)
        assert page.content == "the séa"
        assert update_page(page, 17, Text("the séa"))
        again = read(page.path)
        assert (again.id, again.changed) == (17, False)
        assert page.path.read_bytes().startswith(b"\xff\xfe")

    def test_no_other_file_is_left(self, tmp_path: Path) -> None:
        page = self.page(tmp_path, ("the sea", "the sea falls"))
        page.path.chmod(0o640)
        update_page(page, 17, Text("the sea falls"))
        assert [*tmp_path.iterdir()] == [page.path]
        assert page.path.stat().st_mode & 0o777 == 0o640


def test_what_is_no_text_is_said() -> None:
    with pytest.raises(InputError, match=r"poem\.md cannot be read: it is not in UTF-8"):
        decode_page(HERE, b"\xff")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be written"):
        write_page(tmp_path / "file", 1, Text("the sea"))
