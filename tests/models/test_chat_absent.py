"""Without the extra, a chat model is refused with the line that installs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

# None in its place is Python's own way to keep a module from being imported.
ABSENT = """
import sys
sys.modules["basemode"] = None
from flourishing.models import open_model
try:
    open_model("chat:openai/m")
except Exception as error:
    print(type(error).__name__, error.hint)
"""

pytestmark = pytest.mark.process


@pytest.mark.timeout(60)
def test_without_the_package_the_line_that_installs_it_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ABSENT], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "ModelNotFoundError Run: pip install 'flourishing[chat]'"
