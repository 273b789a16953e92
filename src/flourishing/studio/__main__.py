"""Write the description of the API anew: `python -m flourishing.studio openapi.json`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from flourishing.garden import Garden
from flourishing.studio.app import describe, make_app
from flourishing.studio.guard import Door


def description() -> str:
    """Give the description of the API as it is committed."""
    with tempfile.TemporaryDirectory() as folder, Garden(Path(folder) / "garden.db") as garden:
        description = describe(make_app(garden, door=Door("127.0.0.1", 0)))
    description["info"]["version"] = "1"  # the API's, not that of each release
    return json.dumps(description, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(description(), encoding="utf-8")
