"""Several models at the terminal: sharing a brood, and which of them are really kept from."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_models_share_a_brood_and_what_is_kept_is_counted(
    flourishing: Run, tiny_weights: Path
) -> None:
    both = ("--model", "echo", "--model", str(tiny_weights))
    words = ("a grey gull", "a cold moon", "--max-tokens", "8", "--refills", "0", "--seed", "1")
    done = flourishing("breed", *words, "-n", "4", "--bed", "sea", "--json", *both)
    brood = json.loads(done.stdout)
    assert [part["asked"] for part in brood["parts"]] == [2, 2]
    models = [each["origin"]["model"] for each in brood["offspring"]]
    assert models[::2] == ["echo", "echo"]
    assert models[1] == models[3] != "echo"
    number = brood["offspring"][1]["id"]
    shown = json.loads(flourishing("garden", "show", str(number), "--brood", "--json").stdout)
    assert [each["id"] for each in shown["offspring"]] == [
        each["id"] for each in brood["offspring"]
    ]
    flourishing("garden", "keep", str(number))
    first, second = json.loads(flourishing("models", "kept", "--json").stdout)
    assert (first["model"], first["seen"], first["kept"]) == (models[1], 2, 1)
    assert (second["model"], second["seen"], second["kept"]) == ("echo", 2, 0)
    assert "50% (9% to 91%)" in flourishing("models", "kept", "--bed", "sea").stdout
    assert "no bed" in flourishing("models", "kept", "--bed", "moon", code=2).stderr


def test_the_prompt_of_each_model_is_shown(flourishing: Run) -> None:
    done = flourishing(
        *("breed", "a gull", "a moon", "--show-prompt", "--model", "echo", "--model", "local")
    )
    assert done.stdout.count("|a moon|\n") == 2
    assert "echo:" in done.stderr
