"""A garden against a model of it: whatever is done, undone and redone, both stand alike."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from flourishing.core.chain import Chain
from flourishing.garden import Mark, open_garden
from tests.garden.broods import bred

BEDS = ("sea", "city")
SHELVES = ("poems", "refinements", "mine")
PICKS = st.lists(st.integers(0, 1_000), min_size=1, max_size=3)
IN_A_BED = st.sampled_from([None, *BEDS])


@dataclass
class Done:
    """An act, with what follows from it: texts, marks and tags, states of beds, what is shelved."""

    bed: str | None
    born: list[int] = field(default_factory=list)
    marks: list[tuple[int, str, bool]] = field(default_factory=list)
    state: tuple[str, dict[str, Any]] | None = None
    shelved: list[tuple[str, object, bool]] = field(default_factory=list)
    undone: int = 0  # when; 0 while it holds


class Model:
    """The whole truth about a garden, as a list of acts."""

    def __init__(self) -> None:
        self.acts: list[Done] = []
        self.texts: list[int] = []
        self._turns = 0

    def undo(self, bed: str | None) -> bool:
        holding = [act for act in self._of(bed) if not act.undone]
        if holding:
            self._turns += 1
            holding[-1].undone = self._turns
        return bool(holding)

    def redo(self, bed: str | None) -> bool:
        ours = self._of(bed)
        last = max((act for act in ours if act.undone), key=lambda act: act.undone, default=None)
        if last is None or any(not act.undone for act in ours[ours.index(last) + 1 :]):
            return False
        last.undone = 0
        return True

    def marks(self) -> dict[int, set[str]]:
        standing: dict[int, set[str]] = {id: set() for id in self.texts}
        for act in self.acts:
            for id in act.born:
                (standing[id].add if act.undone else standing[id].discard)("away")
            for id, mark, given in [] if act.undone else act.marks:
                (standing[id].add if given else standing[id].discard)(mark)
        return standing

    def state(self, bed: str) -> dict[str, Any]:
        state: dict[str, Any] = {}
        for act in self._holding():
            if act.state and act.state[0] == bed:
                state = act.state[1]
        begun = {"parents": (), "chain": (), "shown": (), "n": 8, "brood": None, "away": False}
        return begun | state

    def shelf(self, name: str) -> list[object]:
        items: dict[object, None] = {}
        for act in self._holding():
            for shelf, item, given in act.shelved:
                if shelf == name and given:
                    items.setdefault(item)
                elif shelf == name:
                    items.pop(item, None)
        return list(items)

    def _holding(self) -> Iterable[Done]:
        return (act for act in self.acts if not act.undone)

    def _of(self, bed: str | None) -> list[Done]:
        return [act for act in self.acts if bed is None or act.bed == bed]


class Gardening(RuleBasedStateMachine):
    """What a person may do in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="flourishing-")
        self._place = Path(self._folder.name) / "garden.db"
        self._garden = open_garden(self._place)
        self._model = Model()
        self._words = 0

    @initialize()
    def begin(self) -> None:
        for bed in BEDS:
            # An act of the garden as a whole, which has no bed.
            begun = self._garden.beds.open(bed)
            state = {name: getattr(begun, name) for name in begun.state()}
            self._did(None, state=(bed, state))
        self.save(None, 2)

    @rule(bed=IN_A_BED, n=st.integers(0, 3))
    def save(self, bed: str | None, n: int) -> None:
        parents = [self._garden.text(self._model.texts[-1])] if self._model.texts else ["fog"]
        brood = bred(parents, [self._poem() for _ in range(n)])
        saved = self._garden.save(brood, bed=self._bed(bed))
        self._model.texts += [text.id for text in saved]
        if not parents or isinstance(parents[0], str):
            self._model.texts += [text.id for text in self._garden.texts([1])]
        if bed:
            shown = {"brood": saved.id, "shown": tuple(text.id for text in saved)}
            self._did(bed, state=(bed, self._model.state(bed) | shown))
        elif n:
            self._did(None, born=[text.id for text in saved])

    @rule(mark=st.sampled_from(["keep", "drop", "pin"]), picks=PICKS, bed=IN_A_BED)
    def mark(self, mark: Mark, picks: list[int], bed: str | None) -> None:
        act: Callable[..., None] = getattr(self._garden, mark)
        act(*(ids := self._pick(picks)), bed=self._bed(bed))
        state = None
        opposite = {"keep": "drop", "drop": "keep"}.get(mark, "")
        stood = self._model.marks()
        replaced = [id for id in ids if opposite in stood[id]]
        if bed and mark == "keep" and replaced:
            # Where a dropped text stands again, the garden's own lineage decides.
            found = next(
                each
                for each in self._garden.beds.all() + self._garden.beds.all(away=True)
                if each.name == bed
            )
            state = (bed, self._model.state(bed) | {"shown": found.shown})
        if bed and mark == "drop":
            now = self._model.state(bed)
            gone = {
                "parents": tuple(id for id in now["parents"] if id not in ids),
                "shown": tuple(0 if id in ids else id for id in now["shown"]),
            }
            state = (bed, now | gone)
        marks: list[tuple[int, str, bool]] = [(id, mark, True) for id in ids]
        marks += [(id, opposite, False) for id in replaced]
        self._did(bed, marks=marks, state=state)

    @rule(mark=st.sampled_from(["keep", "drop", "pin", "away"]), picks=PICKS, bed=IN_A_BED)
    def take_back(self, mark: Mark, picks: list[int], bed: str | None) -> None:
        self._garden.take_back(mark, *(ids := self._pick(picks)), bed=self._bed(bed))
        self._did(bed, marks=[(id, mark, False) for id in ids])

    @rule(picks=PICKS)
    def put_away(self, picks: list[int]) -> None:
        self._garden.put_away(*(ids := self._pick(picks)))
        self._did(None, marks=[(id, "away", True) for id in ids])

    @rule(label=st.sampled_from(["grey", "blue"]), picks=PICKS, on=st.booleans())
    def tag(self, label: str, picks: list[int], on: bool) -> None:
        self._garden.tag(label, *(ids := self._pick(picks)), on=on)
        self._did(None, marks=[(id, f"tag {label}", on) for id in ids])

    @rule(pick=st.integers(0, 1_000), bed=IN_A_BED)
    def edit(self, pick: int, bed: str | None) -> None:
        (before,) = self._pick([pick])
        edit = self._garden.edit(before, self._poem(), bed=self._bed(bed))
        self._model.texts.append(edit.id)
        state = None
        if bed:
            now = self._model.state(bed)
            moved = {
                name: tuple(edit.id if id == before else id for id in now[name])
                for name in ("parents", "chain", "shown")
            }
            state = (bed, now | moved)
        self._did(bed, marks=[(edit.id, "keep", True)], state=state)

    @rule(keep=st.booleans())
    def add(self, keep: bool) -> None:
        (text,) = self._garden.add(self._poem(), keep=keep)
        self._model.texts.append(text.id)
        if keep:
            self._did(None, marks=[(text.id, "keep", True)])

    @rule(picks=PICKS, put=st.booleans())
    def shelve(self, picks: list[int], put: bool) -> None:
        ids = self._pick(picks)
        act = self._garden.shelves.put if put else self._garden.shelves.take_off
        act("mine", *self._garden.texts(ids))
        self._did(None, shelved=[("mine", id, put) for id in ids])

    @rule(picks=PICKS, bed=IN_A_BED)
    def accept(self, picks: list[int], bed: str | None) -> None:
        ids = self._pick(picks)
        marks: list[tuple[int, str, bool]] = [(ids[-1], "keep", True)]
        if "drop" in self._model.marks()[ids[-1]]:
            marks.append((ids[-1], "drop", False))
        self._garden.accept(Chain(tuple(self._garden.texts(ids))), bed=self._bed(bed))
        shelved: list[tuple[str, object, bool]] = [("poems", ids[-1], True)]
        if len(ids) > 1:
            shelved.append(("refinements", tuple(ids), True))
        state = (bed, self._model.state(bed) | {"chain": ()}) if bed else None
        self._did(bed, marks=marks, shelved=shelved, state=state)

    @rule(bed=st.sampled_from(BEDS), picks=PICKS, n=st.integers(1, 4), away=st.booleans())
    def change(self, bed: str, picks: list[int], n: int, away: bool) -> None:
        changes = {"parents": tuple(self._pick(picks)), "n": n, "away": away}
        before = self._model.state(bed)
        self._garden.beds.change(self._garden.beds.open(bed), **changes)
        if before | changes != before:
            self._did(bed, state=(bed, before | changes))

    @rule(bed=IN_A_BED)
    def undo(self, bed: str | None) -> None:
        undone = self._garden.undo(self._bed(bed))
        assert (undone is not None) == self._model.undo(bed)

    @rule(bed=IN_A_BED)
    def redo(self, bed: str | None) -> None:
        redone = self._garden.redo(self._bed(bed))
        assert (redone is not None) == self._model.redo(bed)

    @precondition(lambda self: len(self._model.acts) > 3)
    @rule()
    def reopen(self) -> None:
        self._garden.close()
        self._garden = open_garden(self._place)

    @invariant()
    def marks_are_alike(self) -> None:
        found = self._garden.texts(self._model.texts)
        told = {text.id: text.marks | {f"tag {tag}" for tag in text.tags} for text in found}
        assert told == self._model.marks()

    @invariant()
    def beds_are_alike(self) -> None:
        for bed in self._garden.beds.all() + self._garden.beds.all(away=True):
            state = self._model.state(bed.name)
            assert {name: getattr(bed, name) for name in state} == state

    @invariant()
    def shelves_are_alike(self) -> None:
        for name in SHELVES:
            shelf = self._garden.shelves.get(name)
            found: list[object] = []
            if shelf:
                found += [text.id for text in shelf.texts]
                found += [tuple(_id(text) for text in chain) for chain in shelf.chains]
            assert found == self._model.shelf(name)

    @invariant()
    def acts_are_alike(self) -> None:
        told = [act.undone for act in self._garden.acts(limit=1_000)][::-1]
        assert told == [bool(act.undone) for act in self._model.acts]

    def teardown(self) -> None:
        assert self._garden.verify() == []
        self._garden.close()
        self._folder.cleanup()

    def _did(self, bed: str | None, **follows: Any) -> None:
        self._model.acts.append(Done(bed, **follows))

    def _pick(self, picks: list[int]) -> list[int]:
        texts = self._model.texts
        return list(dict.fromkeys(texts[pick % len(texts)] for pick in picks))

    def _bed(self, name: str | None) -> Any:
        return None if name is None else self._garden.beds.open(name)

    def _poem(self) -> str:
        self._words += 1
        return f"poem {self._words}"


def _id(text: Any) -> int:
    assert isinstance(text.id, int)
    return text.id


TestGardening = Gardening.TestCase
# Each example takes three seconds: a fifth of what other properties try.
TestGardening.settings = settings(max_examples=settings().max_examples // 5, stateful_step_count=25)
