"""Kinds of text: what is bred, how it is prompted, checked, compared and shown.

- `Kind`: one kind, as data (`kind.py`).
- `kinds`, `kind`, `named_kind`, `kind_of`, `kind_of_text`: which kinds there are, and which one
  applies (`finding.py`).
- `find_pattern`, `named_pattern`, `pattern_for`: the pattern of a name or of a kind (`finding.py`).
- `read_kind`: a kind from the TOML of its file (`kind_file.py`).
- `is_prose`: whether a text is set as prose (`finding.py`).
- The parts of quotes and stories (`passages.py`).
- `LookMedium`: the media that are rendered, `medium_of`: that of a text by its form, and what is
  asked of each (`rendered.py`).

Each kind that ships is one TOML file beside this module. A person's own are files of the same form
in the folder `kinds` beside the configuration file; `docs/kinds.md` describes the form.
"""

from flourishing.kinds.finding import (
    DEFAULT,
    OTHER,
    bred_kind,
    counted,
    find_pattern,
    headline,
    headlines,
    is_prose,
    kind,
    kind_of,
    kind_of_form,
    kind_of_text,
    kind_of_versions,
    kinds,
    named_kind,
    named_pattern,
    pattern_for,
    set_out,
    usable_kinds,
)
from flourishing.kinds.kind import INPUT, MOST_WORDS, Compare, Kind, Medium, length_of
from flourishing.kinds.kind_file import read_kind
from flourishing.kinds.rendered import LookMedium, medium_of

__all__ = [
    "DEFAULT",
    "INPUT",
    "MOST_WORDS",
    "OTHER",
    "Compare",
    "Kind",
    "LookMedium",
    "Medium",
    "bred_kind",
    "counted",
    "find_pattern",
    "headline",
    "headlines",
    "is_prose",
    "kind",
    "kind_of",
    "kind_of_form",
    "kind_of_text",
    "kind_of_versions",
    "kinds",
    "length_of",
    "medium_of",
    "named_kind",
    "named_pattern",
    "pattern_for",
    "read_kind",
    "set_out",
    "usable_kinds",
]
