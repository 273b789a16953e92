"""logitloom: a tree of tokens below a prompt."""

from __future__ import annotations

import pytest

from flourishing.errors import InputError
from flourishing.formats.passage import Piece
from tests.formats.looms.reading import DUSK, loom_in, texts


def tree(settings: dict[str, str], *roots: object) -> dict[str, object]:
    return {
        "isLogitLoomTreeVersion": "logit-loom-tree-v1",
        "modelName": "davinci-002",
        "modelSettings": settings,
        "roots": list(roots),
    }


def token(text: str, *children: object) -> dict[str, object]:
    return {"id": text, "text": text, "prob": 0.5, "children": list(children)}


FOX = token(" the", token(" fox runs", token("\nat dusk")), token(" dove"))


def test_a_base_models_tree_begins_with_its_prompt() -> None:
    loom = loom_in(tree({"kind": "base", "prompt": "a poem:\n"}, FOX))
    assert texts(loom) == [DUSK, "a poem:\n the dove"]
    assert loom.pieces(loom.leaves()[1]) == (
        Piece("a poem:\n", "person"),
        Piece(" the dove", "model"),
    )
    assert loom.nodes[" dove"].model == "davinci-002"


def test_a_chat_models_tree_begins_with_what_was_put_into_its_mouth() -> None:
    settings = {"kind": "chat", "systemPrompt": "s", "prompt": "write", "prefill": "a poem:\n"}
    assert texts(loom_in(tree(settings, FOX)))[0] == DUSK


def test_tokens_of_one_id_stay_where_they_are_nested() -> None:
    loom = loom_in(tree({}, token("a", token("a", token("b"))), token("a", token("c"))))
    assert texts(loom) == ["aab", "ac"]


def test_it_may_be_deep() -> None:
    node = token("x")
    for _ in range(9_999):
        node = token("x", node)
    assert texts(loom_in(tree({}, node))) == ["x" * 10_000]


@pytest.mark.parametrize("root", [5, {"text": 5}, {"text": "", "children": 5}])
def test_a_token_that_is_wrong_is_refused(root: object) -> None:
    with pytest.raises(InputError):
        loom_in(tree({}, root))
