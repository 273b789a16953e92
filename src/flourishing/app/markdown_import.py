"""Markdown pages as imports: a text comes once, however often and from which file it is read.

A page that this garden exported and that was changed since becomes an edit. With syncing, the front
matter of such pages is brought up to date; other files are never written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from flourishing.core.text import Origin, Source, Text
from flourishing.errors import InputError
from flourishing.formats.markdown.front_matter import plain_lines
from flourishing.formats.markdown.page import Page, decode_page, is_page, update_page
from flourishing.formats.markdown.vault import (
    MOST_BYTES,
    Vault,
    is_archive,
    read_archive,
    read_folder,
    too_much,
)
from flourishing.garden import Garden, Stored

_NOWHERE = Source()


def bring_in(garden: Garden, texts: Sequence[Text], *, into: str | None = None) -> list[Stored]:
    """Store texts of a file as one act, which one undo takes back, and keep them.

    What brings nothing new is no act, so that an undo takes back what did.

    Args:
        garden: Where they go.
        texts: The texts. Of one that is there already, nothing is stored.
        into: The collection that they join as well; None for none.

    Returns:
        The texts as they are in the garden, in the order given.
    """
    with garden.one_act("import"):
        stored = garden.add(*as_known(garden, texts), keep=False)
        garden.keep(*(text for text in stored if "keep" not in text.marks))
        if into is not None:
            shelf = garden.shelves.get(into)
            there = {text.id for text in shelf.texts} if shelf else set()
            if fresh := [text for text in stored if text.id not in there]:
                garden.shelves.put(into, *fresh)
        return garden.texts([text.id for text in stored])


def as_known(garden: Garden, texts: Iterable[Text]) -> list[Text]:
    """Give texts, and for each that the garden has already the text that it has.

    When a file was read or written, and what it is called, makes no other text of the same words.

    Args:
        garden: Where to look.
        texts: Texts as a file gives them.
    """
    texts = list(texts)
    there = garden.search.contents(text.digest for text in texts)
    return [
        next((each for each in there.get(text.digest, ()) if says_as_much(each, text)), text)
        for text in texts
    ]


def says_as_much(stored: Stored, text: Text) -> bool:
    """Say whether a text of the garden has the same words as one of a file, and says all it says.

    Args:
        stored: The text of the garden.
        text: The text of the file. Its time and the file's name do not count.
    """
    if stored.identity == text.identity:
        return True
    if stored.origin.parents or text.origin.parents or stored.digest != text.digest:
        return False
    ours, theirs = _told(stored.origin), _told(text.origin)
    return stored.origin.author == text.origin.author and all(
        theirs_says in (None, "", (), ours_says)
        for ours_says, theirs_says in zip(ours, theirs, strict=True)
    )


def _told(origin: Origin) -> tuple[object, ...]:
    source = origin.source or _NOWHERE
    return (
        *(origin.model, origin.pattern, origin.sampling, origin.seed, origin.start),
        *(origin.prompt, origin.raw, origin.spans),
        *(source.author, source.title, source.year),
    )


_BEGINNING: Final = 4_096
"""Bytes from which a file is known for a page or an archive."""
_KEPT: Final = frozenset({"keep", "drop"})
"""Marks with which a person has said what becomes of a text."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a file would change in the garden, or did.

    Attributes:
        kind: "new" for a text that the garden has not, "edited" for one that was changed, "tagged"
            for one whose tags were.
        path: The file.
        content: The text in it.
    """

    kind: Literal["new", "edited", "tagged"]
    path: Path
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import, or would.

    Attributes:
        changes: What changed in the garden.
        written: The files that were written, or would be.
        refused: For each file that could not be read, why.
        notes: What else a person should know, in words.
        texts: The texts of the changes, as they were when they were stored.
    """

    changes: tuple[Change, ...]
    written: tuple[Path, ...] = ()
    refused: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()
    texts: tuple[Stored, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What becomes of a page.

    Attributes:
        page: The page.
        kind: What it changes; None for nothing.
        text: The text that it is, stored or not.
        exact: Whether it was exported from this garden, as the text that it says it is.
    """

    page: Page
    kind: Literal["new", "edited", "tagged"] | None
    text: Text
    exact: bool

    @property
    def outdated(self) -> bool:
        """Whether its front matter names another text than the one that it is."""
        return self.exact and self.text.digest != self.page.digest


def find_pages(source: Path) -> Vault | None:
    """Read a folder, a zip archive of Markdown files or a single page; None for any other file.

    Args:
        source: The path of the folder or the file.

    Raises:
        InputError: It cannot be read, or there is too much in it.
    """
    if source.is_dir():
        return read_folder(source)
    try:
        if not source.is_file():
            return None
        with source.open("rb") as file:
            raw = file.read(_BEGINNING)
            if not is_archive(raw) and not is_page(source.name, raw):
                return None
            raw += file.read(MOST_BYTES + 1 - len(raw))
    except OSError:
        return None  # reading it as another file says in words why not
    if len(raw) > MOST_BYTES:
        raise too_much(str(source))
    return read_archive(raw) if is_archive(raw) else Vault(pages=(decode_page(source, raw),))


def import_pages(
    garden: Garden | None,
    vault: Vault,
    *,
    preview: bool = False,
    sync: bool = False,
    mine: bool = False,
) -> Imported:
    """Bring in Markdown pages, as one act, which one undo takes back.

    Args:
        garden: Where the texts go; None for one that does not exist yet, which allows a preview.
        vault: The pages.
        preview: Only say what would come of it. So it is without a garden.
        sync: Write into the pages that were exported from this garden, and edited, which text they
            are now. No other file is ever written.
        mine: Whether a person here wrote the new texts; by default people elsewhere did.

    Raises:
        StorageError: A file cannot be written; the garden has the texts by then.
    """
    notes = [*vault.notes]
    stored: list[Stored] = []
    if garden is None or preview:
        steps = _plan(garden, vault.pages)
        written = [step.page.path for step in steps if sync and step.outdated]
    else:
        with garden.one_act("import"):
            steps = _plan(garden, vault.pages)
            stored = _store(garden, steps, mine=mine)
        written = []
        for step, text in zip(steps, stored, strict=True):
            if sync and step.outdated:
                spans = garden.lineage.spans(text.id)
                if update_page(step.page, text.id, text, spans=spans):
                    written.append(step.page.path)
                else:
                    notes.append(f"Not written, as it has just been changed: {step.page.path}.")
    return Imported(
        changes=tuple(
            Change(step.kind, step.page.path, step.page.content) for step in steps if step.kind
        ),
        written=tuple(written),
        texts=tuple(text for step, text in zip(steps, stored, strict=False) if step.kind),
        refused=vault.refused,
        notes=(*notes, *_notes(vault.pages, steps)),
    )


def _plan(garden: Garden | None, pages: Iterable[Page]) -> list[_Step]:
    pages = [page for page in pages if page.content.strip()]
    there, undone = ({}, set[int]()) if garden is None else _known_texts(garden, pages)
    steps: list[_Step] = []
    planned: set[str] = set()
    for page in pages:
        step = _step(page, there, undone)
        if step.kind in ("new", "edited") and step.text.identity in planned:
            continue  # the same note twice
        planned.add(step.text.identity)
        steps.append(step)
    return steps


def _known_texts(garden: Garden, pages: Iterable[Page]) -> tuple[dict[str, list[Stored]], set[int]]:
    """Give the texts that the garden has of pages, and which of them an undone import brought.

    What an undone import brought is put away by that, and comes again.
    """
    digests = {each for page in pages for each in (page.digest, Text(page.content).digest) if each}
    there = garden.search.contents(digests)
    unmarked = [text.id for texts in there.values() for text in texts if not text.marks & _KEPT]
    return there, garden.search.of_undone_imports(unmarked)


def _step(page: Page, there: Mapping[str, list[Stored]], undone: set[int]) -> _Step:
    known, exact = _known(page, there)
    wanted = page.as_text()
    kind: Literal["new", "edited"] = "new"
    if known is not None:
        same = plain_lines(known.content) == plain_lines(page.content)
        wanted = known if same else known.edited(page.content)
        kind = "new" if same else "edited"
    here = known if wanted is known else _here(wanted, there)
    if here is None:
        return _Step(page=page, kind=kind, text=wanted, exact=exact)
    chosen = bool(here.marks & _KEPT) or ("away" in here.marks and here.id not in undone)
    if not chosen and (not exact or here.id in undone):
        return _Step(page=page, kind=kind, text=here, exact=exact)
    more, fewer = _tags(page, here, exact=exact)
    return _Step(page=page, kind="tagged" if more or fewer else None, text=here, exact=exact)


def _known(page: Page, there: Mapping[str, list[Stored]]) -> tuple[Stored | None, bool]:
    """Give the text that a page of ours was, and whether it is that very one.

    The digest decides: under the same number another garden has another text.
    """
    texts = there.get(page.digest, [])
    exact = next((text for text in texts if text.id == page.id), None)
    return exact or next(iter(texts), None), exact is not None


def _here(wanted: Text, there: Mapping[str, list[Stored]]) -> Stored | None:
    texts = there.get(wanted.digest, ())
    return next((text for text in texts if says_as_much(text, wanted)), None)


def _tags(page: Page, text: Text, *, exact: bool) -> tuple[set[str], set[str]]:
    """Give the tags that a text gets from its page, and those that it loses."""
    if page.tags is None:
        return set(), set()
    before = set(text.tags) if isinstance(text, Stored) else set()
    # Where the page is not of this garden, its tags are not all that the text has here.
    return set(page.tags) - before, before - set(page.tags) if exact else set()


def _store(garden: Garden, steps: list[_Step], *, mine: bool) -> list[Stored]:
    """Store the texts of all steps, keep what is to be kept, and tag."""
    before = garden.newest()
    stored = garden.add(*(step.text for step in steps), keep=False)
    if not mine:
        # An edit of a text that is here was made by whoever has its page.
        fresh = [text for text in stored if text.id > before and not text.origin.parents]
        garden.note_brought_in(*fresh)
        stored = garden.texts([text.id for text in stored])
    given: dict[str, list[Stored]] = defaultdict(list)
    taken: dict[str, list[Stored]] = defaultdict(list)
    kept = []
    for step, text in zip(steps, stored, strict=True):
        if step.kind is None:
            continue
        if step.kind != "tagged":
            kept.append(text)
        more, fewer = _tags(step.page, text, exact=step.exact)
        for tag in more:
            given[tag].append(text)
        for tag in fewer:
            taken[tag].append(text)
    garden.keep(*kept)
    for tag, texts in given.items():
        garden.tag(tag, *texts)
    for tag, texts in taken.items():
        garden.tag(tag, *texts, on=False)
    return stored


def _notes(pages: Iterable[Page], steps: Iterable[_Step]) -> list[str]:
    """Say what was left out, and what the front matter says that nothing was made of."""
    blank = sum(not page.content.strip() for page in pages)
    keys = Counter(key for step in steps if step.kind for key in step.page.not_taken)
    notes = [f"Left out because they are blank: {blank:,}."] if blank else []
    if keys:
        counted = (key if count == 1 else f"{key} ({count:,})" for key, count in keys.items())
        notes.append(f"Not taken from the front matter: {', '.join(counted)}.")
    return notes
