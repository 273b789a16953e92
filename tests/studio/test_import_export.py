"""Files in and out over the wire, and chapbooks; those of strangers among them."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from PIL import Image

import flourishing as fl
from flourishing.app import export_files
from flourishing.app.import_file import ImportRequest, import_texts
from flourishing.app.share import ShareRequest, share_text
from flourishing.core.text import Source
from flourishing.formats.markdown.front_matter import front_of, write_front
from flourishing.garden import Garden
from flourishing.library import library
from tests.garden.broods import bred
from tests.garden.new import new_garden
from tests.marks import first_cases

NOTES = Path(__file__).parents[1] / "formats" / "notes"
NOTE = (NOTES / "note-with-front-matter.md").read_text(encoding="utf-8")
VERSE = (NOTES / "rule-first.md").read_text(encoding="utf-8")
HOSTILE = '</script><script>alert(1)</script> <img src=x onerror="alert(2)">'


def bring(client: TestClient, given: bytes, name: str = "poems.txt", **query: Any) -> Any:
    return client.post("/api/import", content=given, params={"name": name, **query})


def damaged() -> bytes:
    """Give an archive whose list of files is whole, and whose file is not."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.md", "the fog comes on little cat feet " * 20)
    whole = bytearray(buffer.getvalue())
    whole[34:44] = b"\xff" * 10
    return bytes(whole)


def archive(files: dict[str, str], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


def locked() -> bytes:
    """Give an archive whose file says that it has a password."""
    whole = bytearray(archive({"a.md": "one"}))
    for at in (6, whole.index(b"PK\x01\x02") + 8):
        whole[at] |= 1
    return bytes(whole)


def named(answer: httpx2.Response) -> str:
    return str(answer.headers["content-disposition"])


# In.


def test_a_preview_stores_nothing(client: TestClient, garden: Garden) -> None:
    told = bring(client, b"one\n---\ntwo\n", preview=True).json()
    assert [each["content"] for each in told["texts"]] == ["one", "two"]
    assert (told["count"], told["stored"], told["format"]) == (2, False, "plain text")
    assert garden.counts()["texts"] == 0


def test_plain_texts_are_brought_in_and_put_into_a_collection(
    client: TestClient, garden: Garden
) -> None:
    told = bring(client, b"one\n\ntwo", separator="\n\n", into="mine").json()
    assert told["stored"] is True
    assert [each["id"] > 0 for each in told["texts"]] == [True, True]
    shelf = garden.shelves.get("mine")
    assert shelf is not None
    assert [text.content for text in shelf.texts] == ["one", "two"]
    assert bring(client, b"three", into="refinements").status_code == 422


def test_what_was_here_before_is_told_apart_from_what_a_file_brought(client: TestClient) -> None:
    poems = "\n---\n".join(f"poem {number}" for number in range(130)).encode()
    first = bring(client, poems).json()
    assert (first["count"], len(first["texts"]), len(set(first["fresh"]))) == (130, 100, 130)
    assert bring(client, b"one\n---\ntwo\n", preview=True).json()["fresh"] == []
    some, more = first["fresh"][:3], bring(client, b"one more").json()["fresh"]
    lines = client.post("/api/export", json={"form": "jsonl", "ids": [*some, *more]}).content
    again = bring(client, lines, "export.jsonl").json()
    assert (again["count"], again["fresh"], again["known"]) == (4, [], 4)
    assert "4 of them were here already." in again["notes"]


@pytest.mark.parametrize(
    ("name", "given", "query"),
    [
        ("poems.csv", b"who,verse\nme,one\n", {"column": "verse"}),
        ("poems.json", b'[{"content": "one"}]', {}),
        ("poems.jsonl", b'{"text": "one"}\n{"text": "one"}\n', {}),
        ("poems.txt", "one".encode("utf-16"), {}),
        ("poem", b"one", {"form": "text"}),
        ("poems.csv", b"one#two\n", {"delimiter": "#", "column": "1"}),
        ("poems.txt", b"\x93one\x94", {"encoding": "windows-1252"}),
    ],
)
def test_other_formats_are_read(
    client: TestClient, name: str, given: bytes, query: dict[str, str]
) -> None:
    told = bring(client, given, name, **query).json()
    assert [each["content"].strip("“”") for each in told["texts"]] == ["one"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Garden]:
    """Give the garden of somebody else, with a text, an edit of it, and an offspring."""
    with Garden(new_garden(tmp_path / "elsewhere.db")) as garden:
        (poem,) = garden.add("the red moon")
        garden.keep(garden.edit(poem, "the red moon sank"))
        garden.keep(garden.save(fl.breed([poem], 1, start="a fox", seed=1, model="echo"))[0])
        yield garden


def sent(garden: Garden, form: str) -> tuple[bytes, str]:
    """Give what somebody sends of all texts of a garden, or of the edit, and its name."""
    if form == "page":
        return share_text(garden, ShareRequest(id=2, form="page")).data, "moon.html"
    if form == "lines":
        lines = export_files.to_jsonl(garden.export([1, 2, 3]))
        return "".join(f"{line}\n" for line in lines).encode(), "moon.jsonl"
    text = garden.text(1)
    front = write_front(front_of(1, text, (), ()))
    return f"---\n{front}---\n\n{text.content}\n".encode(), "moon.md"


@pytest.mark.parametrize("form", first_cases(1, ["lines", "page", "markdown"]))
def test_what_somebody_else_wrote_is_not_by_you(
    client: TestClient, elsewhere: Garden, form: str
) -> None:
    data, name = sent(elsewhere, form)
    theirs = {"mine": False} if form == "lines" else {}  # into an empty garden
    bring(client, data, name, **theirs)
    texts = client.get("/api/texts").json()
    by_people = [each for each in texts if each["origin"]["author"] == "person"]
    assert by_people
    for text in by_people:
        assert (text["by"], text["writer"]) == ("brought in", "source")
        assert {span["author"] for span in text["spans"]} == {"source"}
    edit = client.post(f"/api/texts/{by_people[0]['id']}/edits", json={"content": "a red moon"})
    assert edit.json()["by"] == "edited by you"
    assert [span["author"] for span in edit.json()["spans"]] == ["person", "source"]


def test_start_words_of_somebody_else_are_not_yours(client: TestClient, elsewhere: Garden) -> None:
    told = bring(client, *sent(elsewhere, "lines"), mine=False).json()
    (bred,) = (text for text in told["texts"] if text["writer"] == "model")
    whole = client.get(f"/api/texts/{bred['id']}").json()
    assert whole["by"] == "bred elsewhere"
    assert whole["spans"][0] == {"author": "source", "length": len("a fox")}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["lines", "markdown"])
def test_texts_of_ones_own_other_garden_are_ones_own(
    client: TestClient, elsewhere: Garden, form: str
) -> None:
    bring(client, *sent(elsewhere, form), mine=True)
    texts = client.get("/api/texts").json()
    assert {text["by"] for text in texts} <= {"written by you", "edited by you", "bred here"}
    answer = bring(client, b"one", mine=True)
    assert (answer.status_code, "--by" in answer.json()["hint"]) == (422, True)


@pytest.mark.slow
def test_what_came_by_an_import_stays_so_in_a_garden_that_is_moved(
    client: TestClient, elsewhere: Garden, tmp_path: Path
) -> None:
    bring(client, *sent(elsewhere, "lines"), mine=False)
    lines = client.post("/api/export", json={"form": "jsonl"}).content
    with Garden(new_garden(tmp_path / "moved.db")) as moved:
        import_texts(moved, ImportRequest(source=lines, mine=True))
        assert {text.writer for text in moved.texts([1, 2, 3])} == {"source", "model"}
        own, _ = sent(elsewhere, "lines")  # this time said to be one's own
        import_texts(moved, ImportRequest(source=own, mine=True))
        assert {text.writer for text in moved.texts([1, 2, 3])} == {"person", "model"}


def test_a_garden_that_comes_into_an_empty_one_was_moved(
    client: TestClient, garden: Garden, elsewhere: Garden, tmp_path: Path
) -> None:
    bring(client, *sent(elsewhere, "lines"))
    assert {text.writer for text in garden.texts([1, 2, 3])} == {"person", "model"}
    with Garden(new_garden(tmp_path / "third.db")) as third:
        third.add("a heron")
        data, name = sent(elsewhere, "lines")
        import_texts(third, ImportRequest(source=data, name=name))
        assert {text.writer for text in third.texts([1, 2, 3, 4])} == {"person", "source", "model"}


def test_a_place_in_a_file_is_no_title(client: TestClient, garden: Garden) -> None:
    (text,) = bring(client, b'[{"text": "one", "title": "row 26"}]', "poems.json").json()["texts"]
    assert text["origin"]["source"]["title"] == ""
    assert text["origin"]["source"]["published"] == text["by"] == "poems.json, row 26"
    shown = client.get("/api/chapbook", params={"ids": str(text["id"]), "title": "Sea"}).text
    assert ">row 26<" not in shown


def test_every_loom_is_read(client: TestClient) -> None:
    fixtures = Path(__file__).parents[1] / "formats" / "looms"
    files = [path for path in sorted(fixtures.rglob("*")) if path.suffix in {".json", ".db"}]
    assert files
    for path in files:
        answer = bring(client, path.read_bytes(), path.name, preview=True, take="leaves")
        assert answer.status_code == 200, (path, answer.text)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("empty.txt", b""),
        ("blank.txt", b" \n"),
        ("broken.zip", b"PK\x03\x04 and no more"),
        ("damaged.zip", damaged()),
        ("none.zip", b"PK\x05\x06" + bytes(18)),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\xff"),
        ("cut.json", b'{"nodes": {"a'),
        ("weave.tapestry", b"VersionedTapestryWeave__\x01"),
        ("changed.jsonl", b'{"format": "flourishing/1", "identity": "no", "content": "x"}'),
        ("sqlite.db", b"SQLite format 3\x00" + bytes(50)),
    ],
)
def test_a_file_that_is_no_good_is_a_problem_with_a_hint(
    client: TestClient, garden: Garden, name: str, given: bytes
) -> None:
    answer = bring(client, given, name)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert answer.json()["hint"]
    assert garden.counts()["texts"] == 0


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "{folder}/outside.txt",
        "C:\\a\\b.txt",
        'a"b\r\nX: 1.txt',
        "..",
        "",
        "x" * 900,
    ],
)
def test_a_hostile_name_of_a_file_leads_nowhere(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Where it would lead is a folder of the test's own, so that a fault here can do no harm.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    name = name.replace("{folder}", str(tmp_path))
    assert bring(client, b"one", name, form="text").json()["count"] == 1
    assert not list(tmp_path.rglob("*outside*"))


def test_a_hostile_archive_writes_nothing_outside(
    client: TestClient, garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    root = f"{tmp_path}/root.md"
    given = archive({"../up.md": "up", root: "root", "a/same.md": "1", "b/same.md": "2"})
    told = bring(client, given, "pages.zip").json()
    assert sorted(each["content"] for each in told["changes"]) == ["1", "2", "root", "up"]
    assert garden.counts()["kept"] == 4
    assert not [*tmp_path.rglob("*up.md"), *tmp_path.rglob("*root.md")]


def test_an_archive_that_says_it_is_enormous_is_not_unpacked(client: TestClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("bomb.md", b" " * (65 * 2**20))
    answer = bring(client, buffer.getvalue(), "bomb.zip")
    assert answer.status_code == 422
    assert "too much" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("locked.zip", locked(), "password"),
        ("nested.zip", archive({"inner.zip": "PK"}), "inner.zip"),
        ("bzip2.zip", archive({"a.md": "one"}, zipfile.ZIP_BZIP2), "rare way"),
        ("bomb.md", b"---\ntags:\n" + b"- [sea, {a: b}]\n" * 10_000 + b"---\n\none", "bomb.md"),
        ("broken.md", b"---\ntitle: [\n---\none", "broken.md"),
    ],
)
def test_what_is_not_read_is_named(
    client: TestClient, garden: Garden, name: str, given: bytes, said: str
) -> None:
    answer = bring(client, given, name)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert answer.json()["hint"]
    assert garden.counts()["texts"] == 0


def test_a_page_that_is_broken_refuses_itself_and_not_the_archive(client: TestClient) -> None:
    given = archive({"a.md": "---\ntitle: [\n---\none", "sea/b.md": NOTE, "c.md": VERSE})
    told = bring(client, given, "vault.zip").json()
    assert [(each["name"], each["kind"]) for each in told["changes"]] == [
        ("c.md", "new"),
        ("sea/b.md", "new"),
    ]
    assert told["notes"] == [
        "Not taken from the front matter: aliases, created, rating.",
        "Not read: The front matter of a.md cannot be read: it is no YAML.",
    ]


def test_a_page_is_told_from_verse(client: TestClient, garden: Garden) -> None:
    bring(client, NOTE.encode(), "note.md")
    bring(client, VERSE.encode(), "verse.md")
    note, verse = sorted(garden.search.page("keep"), key=lambda text: text.id)
    assert note.origin.source == Source(title="Harbour", author="A. Reader")
    assert verse.content == VERSE.rstrip("\n")


@pytest.mark.parametrize(
    ("name", "given", "into"),
    [
        ("vault.zip", archive({"a.md": "---\ntags: [sea, dusk]\n---\none", "b.md": "two"}), None),
        ("a.md", b"---\ntags: [sea, dusk]\n---\none", None),
        ("poems.txt", b"one\n---\ntwo", "mine"),
        ("loom.json", (NOTES.parent / "looms" / "miniloom.json").read_bytes(), "mine"),
    ],
)
def test_one_undo_takes_a_file_back(
    client: TestClient, garden: Garden, name: str, given: bytes, into: str | None
) -> None:
    query = {} if into is None else {"into": into}
    for _ in range(2):  # the second brings nothing new
        assert bring(client, given, name, **query).status_code == 200
    assert garden.counts()["kept"]
    while (act := garden.undo()) and act.kind != "import":
        pass
    assert (garden.counts()["kept"], garden.search.tags()) == (0, {})


def test_an_import_is_taken_back_by_its_act(client: TestClient, garden: Garden) -> None:
    given = archive({"a.md": "---\ntags: [sea]\n---\none", "b.md": "two"})
    assert bring(client, given, "vault.zip", preview=True).json()["act"] is None
    told = bring(client, given, "vault.zip").json()
    assert len(told["fresh"]) == 2
    assert bring(client, given, "vault.zip").json()["act"] is None
    garden.add("three")
    address = f"/api/acts/{told['act']}/undo"
    undone = client.post(address).json()
    assert (undone["kind"], [text["marks"] for text in undone["texts"]]) == (
        "import",
        [["away"]] * 2,
    )
    assert [text.content for text in garden.search.page("keep")] == ["three"]
    assert garden.search.tags() == {}
    again = client.post(address)
    assert (again.status_code, bool(again.json()["hint"])) == (422, True)
    assert garden.verify() == []
    assert bring(client, b"one\n---\nfour", "poems.txt", into="mine").json()["act"]


def test_one_undo_takes_the_texts_of_another_garden_back(
    client: TestClient, garden: Garden
) -> None:
    (text,) = garden.add("one")
    garden.tag("sea", text)
    lines = client.post("/api/export", json={"form": "jsonl"}).content
    garden.undo()
    garden.undo()
    bring(client, lines, "export.jsonl", into="mine")
    assert (garden.counts()["kept"], garden.search.tags()) == (1, {"sea": 1})
    garden.undo()
    assert (garden.counts()["kept"], garden.search.tags()) == (0, {})


def test_a_long_text_is_brought_in_whole(client: TestClient, garden: Garden) -> None:
    long = f"{HOSTILE}{'a' * 100_000}"
    told = bring(client, long.encode()).json()
    assert garden.text(told["texts"][0]["id"]).content == long


# Out.


def test_what_is_exported_as_markdown_is_read_back(client: TestClient, garden: Garden) -> None:
    one, two = garden.add("one", "two")
    garden.add("three", keep=False)
    answer = client.post("/api/export", json={"form": "markdown"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pages:
        files = {each: pages.read(each).decode() for each in pages.namelist()}
    assert len(files) == 2
    told = bring(client, answer.content, "pages.zip").json()
    assert (told["count"], told["notes"]) == (0, ["Nothing in them is new or was changed."])
    changed = {name: each.replace("\ntwo", "\ntwo!") for name, each in files.items()}
    told = bring(client, archive(changed), "pages.zip", preview=True).json()
    assert [(each["kind"], each["content"]) for each in told["changes"]] == [("edited", "two!")]
    (page,) = [each for each in changed.values() if "two!" in each]
    told = bring(client, page.encode(), "a page.MD").json()
    assert told["stored"] is True
    (edit,) = garden.search.words("two", limit=1)
    assert edit.content == "two!"
    assert [parent.content for parent in edit.origin.parents] == [two.content]
    assert one.id in {each.id for each in garden.search.page()}


def test_lines_bring_the_lineage_with_them(
    client: TestClient, garden: Garden, tmp_path: Path
) -> None:
    (parent,) = garden.add("a parent")
    (born,) = garden.save(bred([parent], ["a child"]))
    garden.keep(born)
    lines = client.post("/api/export", json={"form": "jsonl", "ids": [born.id]})
    assert ".jsonl" in named(lines)
    told = bring(client, lines.content, "export.jsonl", preview=True).json()
    assert (told["count"], told["format"]) == (1, "Texts of another garden")
    with Garden(new_garden(tmp_path / "other.db")) as other:
        from fastapi.testclient import TestClient as Client

        from flourishing.studio.app import make_app
        from flourishing.studio.guard import Door

        app = make_app(other, door=Door("127.0.0.1", 8420), model="echo")
        with Client(app, base_url="http://127.0.0.1:8420") as elsewhere:
            bring(elsewhere, lines.content, "export.jsonl", into="brought")
        (text,) = other.search.page("keep", limit=1)
        assert text.content == "a child"
        assert [each.content for each in text.origin.parents] == ["a parent"]
        assert other.shelves.names() == ["brought"]


def test_plain_texts_of_a_collection_are_exported_in_its_order(client: TestClient) -> None:
    answer = client.post("/api/export", json={"form": "plain", "collection": "imagists"})
    texts = [text.content for text in library("imagists").texts]
    assert answer.text == "\n---\n".join(texts) + "\n"


def test_preferences_are_exported_as_lines(client: TestClient, garden: Garden) -> None:
    (parent,) = garden.add("a parent")
    saved = garden.save(bred([parent], ["a", "b"]))
    garden.keep(saved[0])
    garden.drop(saved[1])
    answer = client.post("/api/export", json={"form": "preferences"})
    (pair,) = [json.loads(line) for line in answer.text.splitlines()]
    assert (pair["chosen_id"], pair["rejected_id"]) == (saved[0].id, saved[1].id)


def test_texts_are_exported_as_they_are_found(client: TestClient, garden: Garden) -> None:
    bed = garden.beds.open("winter")
    brood = garden.save(bred(["a parent"], ["snow", "ice"]), bed=bed)
    garden.keep(brood[0])
    garden.add("fog", keep=False)

    def exported(**query: object) -> list[str]:
        answer = client.post("/api/export", json={"form": "plain", **query})
        return answer.text.rstrip("\n").split("\n---\n")

    assert exported() == ["snow"]
    assert exported(bed=bed.id) == ["snow"]
    assert exported(bed=bed.id, everything=True) == ["ice", "snow"]
    assert exported(words="fog", everything=True) == ["fog"]
    listed = client.get("/api/texts", params={"bed": bed.id}).json()
    assert [each["content"] for each in listed] == ["ice", "snow"]
    assert client.post("/api/export", json={"collection": "nothing"}).status_code == 404


def test_nothing_to_export_is_said(client: TestClient) -> None:
    assert client.post("/api/export", json={}).status_code == 422
    both = client.post("/api/export", json={"ids": [1], "mark": "keep"})
    assert both.status_code == 422


# Chapbooks.


@pytest.mark.parametrize(
    ("form", "begins"), [("html", b"<!DOCTYPE html>"), ("epub", b"PK"), ("pdf", b"%PDF")]
)
def test_a_chapbook_is_printed(
    client: TestClient, garden: Garden, form: str, begins: bytes
) -> None:
    garden.add("one", "two")
    answer = client.post("/api/chapbook", json={"title": "Sea", "form": form})
    assert answer.content.startswith(begins)
    assert f'filename="Sea.{form}"' in named(answer)
    if form == "html":
        assert answer.text.index(">one<") < answer.text.index(">two<")


def test_the_order_of_a_chapbook_is_the_persons(client: TestClient, garden: Garden) -> None:
    one, two = garden.add("one", "two")
    answer = client.get("/api/chapbook", params={"ids": f"{two.id},{one.id}", "title": "Sea"})
    assert answer.text.index(">two<") < answer.text.index(">one<")


def test_the_pages_of_a_chapbook_are_shown_as_they_are_set(
    client: TestClient, garden: Garden
) -> None:
    (text,) = garden.add(f"the fog\n{HOSTILE}")
    asked = {"ids": str(text.id), "title": HOSTILE, "by": "Ada", "form": "pdf"}
    shown = client.get("/api/chapbook", params=asked)
    assert shown.text.count('<img src="data:image/svg+xml;base64,') == 3  # title, poem, colophon
    assert "<script" not in shown.text
    assert "the fog" in shown.text
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "img-src data:" in policy
    assert "sandbox" in policy
    many = garden.add(*(f"poem {number}" for number in range(43)))
    ids = ",".join(str(each.id) for each in many)
    assert (
        "3 more poems are in the file"
        in client.get("/api/chapbook", params={"ids": ids, "title": "Many", "form": "pdf"}).text
    )


def test_a_chapbook_of_hostile_texts_can_do_nothing(client: TestClient, garden: Garden) -> None:
    (text,) = garden.add(HOSTILE)
    asked = {"ids": str(text.id), "title": HOSTILE, "by": HOSTILE, "note": HOSTILE}
    shown = client.get("/api/chapbook", params=asked)
    printed = client.post("/api/chapbook", json={**asked, "ids": [text.id]})
    for answer in (shown, printed):
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
        assert "sandbox" in policy
        assert "script-src" not in policy


@pytest.mark.parametrize(
    "title", ['a"b\r\nX-Evil: 1', "../../up", "\u202e\u2603 Schnee", "...", "/"]
)
def test_a_hostile_title_makes_a_plain_name(client: TestClient, garden: Garden, title: str) -> None:
    garden.add("one")
    answer = client.post("/api/chapbook", json={"title": title})
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert named(answer).isascii()
    assert ".." not in named(answer)
    assert "/" not in named(answer).removeprefix("attachment")


def test_a_book_without_title_or_poems_is_a_problem(client: TestClient, garden: Garden) -> None:
    assert client.post("/api/chapbook", json={"title": "Sea"}).status_code == 422
    (text,) = garden.add("one")
    blank = client.post("/api/chapbook", json={"title": " ", "ids": [text.id]})
    assert blank.json()["hint"] == "Give it one."
    assert client.get("/api/chapbook", params={"ids": f"{text.id}"}).status_code == 200
    assert client.get("/api/chapbook", params={"ids": "1,x"}).status_code == 422


def test_a_pdf_with_boxes_in_place_of_signs_is_refused(client: TestClient, garden: Garden) -> None:
    garden.add("a poem with \U0010fffc")
    asked = {"title": "Sea", "form": "pdf"}
    answer = client.post("/api/chapbook", json=asked)
    assert answer.status_code == 422
    assert "\U0010fffc in “a poem with \U0010fffc”" in answer.json()["detail"]
    assert "EPUB" in answer.json()["hint"]
    assert client.post("/api/chapbook", json={**asked, "form": "epub"}).status_code == 200


# Other shapes of our own file, and damage.


def test_our_own_file_is_known_by_what_it_holds(client: TestClient, garden: Garden) -> None:
    garden.add("one")
    lines = client.post("/api/export", json={"form": "jsonl"}).text.splitlines()
    told = [json.loads(line) for line in lines]
    compact = "\n" + "\n".join(json.dumps(each, separators=(",", ":")) for each in told)
    for given in (compact.encode("utf-16"), json.dumps(told, indent=1).encode("utf-8-sig")):
        answer = bring(client, given, "any.txt", preview=True).json()
        assert (answer["format"], answer["count"]) == ("Texts of another garden", 1)


def test_a_damaged_record_is_named_and_the_others_come(client: TestClient, garden: Garden) -> None:
    garden.add("one", "two")
    words = client.post("/api/export", json={"form": "jsonl"}).text.replace('"one"', '"uno"')
    answer = bring(client, words.encode(), "a.jsonl").json()
    assert (answer["count"], answer["fresh"]) == (1, [])
    assert any(note.startswith("Line 1 was changed") for note in answer["notes"])


def test_a_damaged_text_is_named_in_its_place(client: TestClient, garden: Garden) -> None:
    one, two = garden.add("one", "two")
    with closing(sqlite3.connect(garden.name)) as connection, connection:
        connection.execute("UPDATE texts SET source = '{{' WHERE id = 1")
    found = client.get("/api/texts").json()
    assert [(each["id"], each["content"]) for each in found] == [(two.id, "two"), (one.id, "one")]
    (flaw,) = found[1]["flaws"]
    assert flaw["kind"] == "damaged"
    assert "Text 1 cannot be read" in flaw["reason"]
    answer = client.post("/api/export", json={"form": "plain"})
    assert answer.status_code == 200


# Shared.


def share(client: TestClient, id: int, part: str = "", **query: Any) -> httpx2.Response:
    return client.get(f"/api/texts/{id}/share{part}", params=query)


def test_a_text_is_shared_as_a_picture(client: TestClient, garden: Garden) -> None:
    (fog,) = garden.add("the fog comes")
    answer = share(client, fog.id, size="square", look="night", by="Ada")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-store"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (1080, 1080)
    assert 'filename="the-fog-comes.png"' in named(answer)
    long = garden.add("line\n" * 200)[0]
    assert "too long" in share(client, long.id, size="square").json()["detail"]


def test_a_family_is_shared_as_a_page_that_comes_back(client: TestClient, garden: Garden) -> None:
    hostile, fog = garden.add(HOSTILE, "fog")
    (child,) = garden.save(bred([hostile, fog], ["mist"]))
    answer = share(client, child.id, form="page")
    assert answer.headers["content-type"].startswith("text/html")
    assert named(answer).startswith('attachment; filename="mist.html"')
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "<script>alert" not in answer.text
    assert f'id="t{fog.id}"' in answer.text
    below = share(client, child.id, form="page", scope="descendants")
    assert f'id="t{fog.id}"' not in below.text
    told = bring(client, answer.content, "mist.html", preview=True).json()
    assert (told["format"], told["known"]) == ("Texts of another garden", 1)


def test_what_would_be_shared_is_said_before(client: TestClient, garden: Garden) -> None:
    poem = library("imagists").texts[0]
    (child,) = garden.save(bred([poem], ["mist"]))
    told = share(client, child.id, "/contents", form="page").json()
    assert told["texts"] == 2
    assert poem.origin.source is not None
    assert poem.origin.source.author in told["names"][0]
    assert share(client, child.id, "/contents").json() == {"texts": 1, "names": [], "models": []}


@pytest.mark.slow
def test_nothing_is_shared_of_no_text(client: TestClient) -> None:
    assert share(client, 99).status_code == 404
    assert share(client, 99, "/contents").status_code == 404
    assert share(client, 1, form="film").status_code == 422
    assert share(client, 1, by="\0").status_code in (404, 422)
