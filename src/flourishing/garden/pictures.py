"""Pictures that models made of texts: kept with the text, and gone when it is emptied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from flourishing.errors import InputError
from flourishing.garden.database import Database, now
from flourishing.garden.schema import pictures, texts
from flourishing.models.images import ModelImage


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """A picture that is kept with a text.

    Attributes:
        id: Its number.
        at: When it was made.
        text: The number of the text.
        model: The name of the model that made it.
        media_type: Its media type, such as "image/png".
        width: Its width in pixels.
        height: Its height in pixels.
    """

    id: int
    at: datetime
    text: int
    model: str
    media_type: str
    width: int
    height: int


_ABOUT = (
    *(pictures.c.id, pictures.c.at, pictures.c.text_id, pictures.c.model),
    *(pictures.c.media_type, pictures.c.width, pictures.c.height),
)


class Pictures:
    """The pictures of a garden.

    Args:
        database: The database of the garden.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, text: int, image: ModelImage) -> KeptPicture:
        """Keep a picture with a text.

        Args:
            text: The number of the text.
            image: The picture.

        Raises:
            InputError: There is no such text.
        """
        with self._database.writing() as connection:
            there = connection.execute(sa.select(texts.c.id).where(texts.c.id == text)).first()
            if there is None:
                raise InputError(f"There is no text {text}.", hint="It may have been emptied.")
            row = {
                "at": now(),
                "text_id": text,
                "model": image.model,
                "prompt": image.prompt,
                "media_type": image.media_type,
                "width": image.width,
                "height": image.height,
                "data": image.data,
            }
            key = connection.execute(pictures.insert().values(row)).inserted_primary_key
            if key is None:
                raise AssertionError("A row that was inserted has a number.")
            query = sa.select(*_ABOUT).where(pictures.c.id == key[0])
            return _picture(connection.execute(query).one())

    def of_text(self, text: int) -> Sequence[KeptPicture]:
        """Give the pictures of a text, the newest first, without their bytes.

        Args:
            text: The number of the text.
        """
        query = sa.select(*_ABOUT).where(pictures.c.text_id == text).order_by(pictures.c.id.desc())
        with self._database.reading() as connection:
            return [_picture(row) for row in connection.execute(query)]

    def get(self, id: int) -> ModelImage:
        """Give a picture by its number.

        Args:
            id: The number of the picture.

        Raises:
            InputError: There is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(sa.select(pictures).where(pictures.c.id == id)).first()
        if row is None:
            raise InputError(f"There is no picture {id}.", hint="Its text may have been emptied.")
        return ModelImage(
            media_type=row.media_type,
            data=bytes(row.data),
            width=row.width,
            height=row.height,
            model=row.model,
            prompt=row.prompt,
        )


def _picture(row: Any) -> KeptPicture:
    return KeptPicture(
        id=row.id,
        at=datetime.fromisoformat(row.at),
        text=row.text_id,
        model=row.model,
        media_type=row.media_type,
        width=row.width,
        height=row.height,
    )
