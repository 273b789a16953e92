"""Shares a text or its family: as a picture, as a page for another garden, or as plain text.

What is shared has no more in it than was asked for: no key, no mark or tag, no bed or collection,
no cost; and no person is named unless credit is asked for. A page with a lineage is the exception:
the identity of a text vouches for all that it came from, so the authors of published ancestors and
the names of models stand in it. `contents` says which, before anything is shared.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from flourishing.app.contact_sheet import picture_of, pictures_of
from flourishing.core.text import UNDATED, Origin, Text, require_unicode
from flourishing.errors import InputError
from flourishing.files import write_whole
from flourishing.formats.chapbook.book import in_a_row
from flourishing.formats.family import Family, to_html
from flourishing.formats.family.graph import MOST_CARDS
from flourishing.formats.jsonl.records import BroodRecord, ChainRecord, MarkRecord, as_table
from flourishing.formats.jsonl.transfer import FORMAT, text_table
from flourishing.formats.picture import Caption, Look, Size, family_picture, poem_picture
from flourishing.formats.plain_text import SEPARATOR
from flourishing.garden import Garden, Stored
from flourishing.garden.lineage import Way
from flourishing.garden.rows import as_title
from flourishing.models import Usage

if TYPE_CHECKING:
    from PIL import Image

Form: TypeAlias = Literal["picture", "page", "text"]
Scope: TypeAlias = Literal["text", "ancestors", "descendants", "family"]

FORMS: Final[dict[str, Form]] = {".png": "picture", ".html": "page", ".txt": "text"}
"""The form of a file by the end of its name."""
_MEDIA_TYPES: Final[dict[Form, str]] = {
    "picture": "image/png",
    "page": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}
_NO_NAME: Final = re.compile(r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|.]+')
_LONGEST_NAME: Final = 40
_SIDE: Final = 192
"""Pixels; the side of the picture of a text in its family."""
_LARGE_SIDE: Final = 1_024
"""Pixels; the side of the picture of a text alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRequest:
    """What is shared, and how.

    Attributes:
        id: The number of the text.
        form: "picture" for a PNG, "page" for one self-contained HTML page that another garden can
            take in, "text" for plain text.
        scope: "text" for the text alone, "ancestors" with all that it came from, "descendants" with
            all that came of it, "family" with both. None for "ancestors" of a page, which another
            garden needs to have its lineage, and for "text" of the others.
        examples: Whether texts that only showed what getting better looks like are drawn too. Off
            by default; a page has them in its data all the same.
        size: Of a picture: "square", "portrait", "story", "wide" or "long"; None for "portrait" of
            a text, and for "long" of a family.
        look: Of a picture: "day", the default, or "night".
        title: A title above it; "" for the one that a published text has, where credit is given,
            and else for none.
        by: Whose it is, in the words in which they want to be named; "" for nobody.
        credit: Whether it says who wrote it: the author of a published text, and the model. Off by
            default.

    Raises:
        InputError: There is no such form or scope.
        TextError: The title or the name has a lone surrogate.
    """

    id: int
    form: Form = "picture"
    scope: Scope | None = None
    examples: bool = False
    size: Size | None = None
    look: Look = "day"
    title: str = ""
    by: str = ""
    credit: bool = False

    def __post_init__(self) -> None:
        for what, given, known in (
            ("form", self.form, get_args(Form)),
            ("scope", self.whole, get_args(Scope)),
        ):
            if given not in known:
                raise InputError(
                    f"There is no {what} {given!r} in which to share.",
                    hint=f"Say one of {', '.join(known)}.",
                )
        require_unicode(self.title, "The title")
        require_unicode(self.by, "The name")

    @property
    def whole(self) -> Scope:
        """The scope, also where it was left open."""
        return self.scope or ("ancestors" if self.form == "page" else "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """A file to share.

    Attributes:
        name: A name for it, made of the first words of the text.
        media_type: Its media type.
        data: Its bytes.
    """

    name: str
    media_type: str
    data: bytes

    def save(self, path: str | Path) -> Path:
        """Write it to a file, which is replaced as a whole or left as it was.

        Args:
            path: Where to.

        Returns:
            The path.

        Raises:
            StorageError: It cannot be written.
        """
        target = Path(path)
        write_whole(target, self.data)
        return target


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a file to share has in it.

    Attributes:
        texts: How many texts.
        names: The people and the sources that it names.
        models: The names of the models in it, exactly.
    """

    texts: int
    names: tuple[str, ...]
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was read of a garden to be shared; what is made of it needs no garden.

    Attributes:
        request: What is shared, and how.
        text: The text.
        family: The texts that are shown; None for the text alone.
        title: The title above it, or "".
        credit: Lines that name people; none unless they were asked for.
        records: The records of a page.
    """

    request: ShareRequest
    text: Text
    family: Family | None
    title: str
    credit: tuple[str, ...]
    records: tuple[dict[str, Any], ...] = ()


def share_text(garden: Garden, request: ShareRequest) -> SharedFile:
    """Share a text or its family.

    Args:
        garden: The garden of the text.
        request: What is shared, and how.

    Returns:
        The file.

    Raises:
        InputError: There is no such text; or a picture has no room for it, or no font for its
            signs.
    """
    return make_file(gather(garden, request))


def gather(garden: Garden, request: ShareRequest) -> Gathered:
    """Read from a garden what is to be shared.

    Args:
        garden: The garden of the text.
        request: What is shared, and how.

    Raises:
        InputError: There is no such text, or it is damaged.
    """
    text: Text = garden.text(request.id)
    if isinstance(text, Stored) and text.damage:
        raise InputError(
            f"Text {request.id} cannot be shared: {text.damage}", hint="Share another one."
        )
    credit = tuple(_credit(garden, text, request))
    family = None if request.whole == "text" else _family(garden, request)
    records: tuple[dict[str, Any], ...] = ()
    title = _title(text, request)
    if request.form == "page":
        if family is None:
            text = _alone(garden, request.id, text, with_source=request.credit)
            records = (_table(text_table(text)), *_marks(text, request))
        else:
            records = tuple(_records(garden, request, family))
    return Gathered(
        request=request, text=text, family=family, title=title, credit=credit, records=records
    )


def make_file(gathered: Gathered) -> SharedFile:
    """Make the file of what was gathered.

    Args:
        gathered: What was read of the garden.

    Raises:
        InputError: A picture has no room for the text, or no font for its signs.
    """
    request = gathered.request
    data = {"picture": _picture, "page": _page, "text": _plain}[request.form](gathered)
    suffix = next(end for end, form in FORMS.items() if form == request.form)
    first = next((line for line in gathered.text.content.splitlines() if line.strip()), "")
    named = _NO_NAME.sub(" ", in_a_row(request.title or first))[:_LONGEST_NAME]
    name = " ".join(named.split()).strip(" ,;:-–—") or f"text {request.id}"
    return SharedFile(name=f"{name}{suffix}", media_type=_MEDIA_TYPES[request.form], data=data)


def contents(gathered: Gathered) -> Contents:
    """Say what a file to share has in it, before anything is shared.

    Args:
        gathered: What was read of the garden.
    """
    tables = [each for each in gathered.records if each["record"] == "text"]
    shown = 1 if gathered.family is None else len(gathered.family.texts)
    names, models = list(gathered.credit), []
    if gathered.family is not None:
        for origin in (each["origin"] for each in tables):
            source = origin.get("source") or {}
            named = (source.get(key) for key in ("author", "title", "published"))
            names.append(", ".join(str(each) for each in named if each))
            models.append(origin.get("model"))
    return Contents(
        texts=max(len(tables), shown),
        names=tuple(dict.fromkeys(filter(None, names))),
        models=tuple(dict.fromkeys(filter(None, models))),
    )


def _picture(gathered: Gathered) -> bytes:
    request = gathered.request
    caption = Caption(gathered.title, gathered.credit)
    if gathered.family is None:
        size = request.size or "portrait"
        found = picture_of(gathered.text.content, _LARGE_SIDE)
        picture = None if found is None else _png(found)
        return poem_picture(
            gathered.text, size=size, look=request.look, caption=caption, picture=picture
        )
    size = request.size or "long"
    pictures = _pictures(gathered.family)
    return family_picture(
        gathered.family, size=size, look=request.look, caption=caption, pictures=pictures
    )


def _pictures(family: Family) -> dict[int, bytes]:
    """Give what the texts of a family look like; nothing of one whose texts are dots."""
    texts = family.texts if len(family.texts) <= MOST_CARDS else {}
    found = pictures_of([text.content for text in texts.values()], _SIDE)
    return {
        id: _png(picture) for id, picture in zip(texts, found, strict=True) if picture is not None
    }


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _plain(gathered: Gathered) -> bytes:
    family = gathered.family
    texts = [gathered.text]
    if family is not None:
        texts = [family.texts[id] for layer in family.generations() for id in layer]
    words = SEPARATOR.join(each.content for each in texts)
    credit = "\n".join(f"— {line}" for line in gathered.credit)
    return "\n\n".join(part for part in (gathered.title, words, credit) if part).encode() + b"\n"


def _page(gathered: Gathered) -> bytes:
    id = gathered.request.id
    family = gathered.family or Family(id, {id: gathered.text})
    page = to_html(
        replace(family, marks={}),
        gathered.title,
        credit=gathered.credit,
        records=gathered.records,
    )
    return page.encode()


def _family(garden: Garden, request: ShareRequest) -> Family:
    scope = request.whole
    way: Way = scope if scope == "ancestors" or scope == "descendants" else "both"
    family = garden.lineage.family(request.id, way, examples=request.examples)
    sound = {
        id: text
        for id, text in family.texts.items()
        if not (isinstance(text, Stored) and text.damage)
    }
    return replace(family, texts=sound) if len(sound) < len(family.texts) else family


def _records(garden: Garden, request: ShareRequest, family: Family) -> Iterator[dict[str, Any]]:
    """Give the records of a page: texts and broods, without what a person says of them."""
    ids = [request.id] if request.whole == "ancestors" else list(family.texts)
    for record in garden.export(ids):
        if isinstance(record, dict):
            yield _table(record)
        elif isinstance(record, BroodRecord):
            bare = replace(record, usage=Usage(), prices=None, notes=(), bed=None)
            yield _table(as_table(bare))
        elif isinstance(record, ChainRecord):
            yield _table(as_table(record))
    yield from _marks(garden.text(request.id), request)


def _table(record: Mapping[str, object]) -> dict[str, Any]:
    return {"format": FORMAT, **record}


def _marks(text: Text, request: ShareRequest) -> Iterator[dict[str, Any]]:
    """Give the records by which a text is kept where its page is taken in, and called as here."""
    yield _table(as_table(MarkRecord(text=text.identity, mark="keep")))
    if title := as_title(request.title):
        yield _table(as_table(MarkRecord(text=text.identity, mark="title", label=title)))


def _alone(garden: Garden, id: int, text: Text, *, with_source: bool) -> Text:
    """Give a text without what it came from; so it is another individual, and says less."""
    origin = text.origin
    spans = garden.lineage.spans(id)
    return Text(
        text.content,
        Origin(
            author=origin.author,
            at=origin.at if origin.author == "person" else UNDATED,
            model=_model(origin.model or "") or None,
            source=origin.source if with_source else None,
            spans=spans if len({span.author for span in spans}) > 1 else (),
        ),
    )


def _title(text: Text, request: ShareRequest) -> str:
    source = text.origin.source
    own = source.heading if source and request.credit else ""
    return request.title.strip() or own


def _credit(garden: Garden, text: Text, request: ShareRequest) -> Sequence[str]:
    """Say who wrote it, in lines; nothing unless that was asked for."""
    lines = [request.by.strip()] if request.by.strip() else []
    if not request.credit:
        return lines
    source = text.origin.source
    if source and (source.author or source.heading):
        named = (source.author, source.heading and f"“{source.heading}”", source.year)
        lines.append(", ".join(str(part) for part in named if part))
    writers = {span.author for span in garden.lineage.spans(request.id)}
    models = _models(garden, request.id)
    if "model" in writers:
        by = f"the base model {' and '.join(models)}" if models else "a base model"
        mixed = " and a person" if "person" in writers else ""
        lines.append(f"Written by {by}{mixed}")
    return [*lines, "Made with Flourishing"]


def _models(garden: Garden, id: int) -> list[str]:
    """Give the models that wrote versions of a text, without where they are."""
    versions = garden.lineage.versions(id).versions
    named = (each.origin.model for each in versions if each.origin.model)
    return list(dict.fromkeys(filter(None, (_model(name) for name in named))))


def _model(name: str) -> str:
    """Give the name of a model without the address or the folder in which it is."""
    bare = name.rpartition("#")[2] if "://" in name else name
    if bare.lower().endswith(".gguf") or bare.startswith(("/", "~", ".", "\\")) or "\\" in bare:
        bare = PurePath(bare.replace("\\", "/")).name.removesuffix(".gguf")
    return "" if "://" in bare else bare
