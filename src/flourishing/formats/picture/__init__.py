"""Texts as pictures, set in the face of the studio's page: a poem, or a family as it is drawn.

A text is data all the way, as in a chapbook: it is handed to the typesetter beside its program,
never inside it. EB Garamond is here as a file, since the page's own package has it in the forms of
the web alone; `OFL.txt` is its licence.
"""

from __future__ import annotations

from flourishing.formats.picture.setting import (
    SIZES,
    Caption,
    Look,
    Size,
    family_picture,
    poem_picture,
)

__all__ = ["SIZES", "Caption", "Look", "Size", "family_picture", "poem_picture"]
