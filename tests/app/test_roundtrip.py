"""All of a garden goes out as JSONL and comes back: texts, broods, chains, shelves, beds, marks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import flourishing as fl
from flourishing import sync
from flourishing.app import export_files
from flourishing.core.chain import Chain
from flourishing.core.text import Origin, Source, Text
from flourishing.evolution import Run, Step, opening
from flourishing.formats.jsonl.transfer import Reader, find_rows
from flourishing.garden import Garden, Imported
from flourishing.models.cost import Prices
from tests.garden.broods import bred, refined
from tests.garden.new import new_garden
from tests.marks import first_cases, slow_cases


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    with Garden(new_garden(tmp_path / "garden.db")) as garden:
        yield garden


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Garden]:
    with Garden(new_garden(tmp_path / "other.db")) as other:
        yield other


def written(garden: Garden, ids: Sequence[int] | None = None) -> list[str]:
    return list(export_files.to_jsonl(garden.export(ids)))


def brought(garden: Garden, lines: Sequence[str]) -> Imported:
    rows = find_rows("\n".join(lines).encode())
    assert rows is not None
    return garden.bring_in(Reader(rows))


def grow(garden: Garden) -> None:
    """Do everything that a person can do in a garden."""
    bed = garden.beds.open("winter", pattern="poems", n=5, settings={"temperature": 0.8})
    sea = Text("the sea", Origin(author="person", source=Source(author="H. D.", year=1916)))
    first = replace(
        bred(["fog", sea], ["one", "two", "three"], aside=["fog"], notes=["a note"]),
        asked=4,
        left_out=(Text("too long"),),
    )
    saved = garden.save(
        first,
        bed=bed,
        places=[0, 2, 3],
        prices=Prices(Decimal("0.5"), Decimal("1.5"), Decimal("0.1"), "EUR"),
    )
    garden.keep(saved[0], bed=bed)
    bed = garden.beds.get(bed.id)
    garden.drop(saved[1], bed=bed)
    garden.pin(saved[2])
    edit = garden.edit(saved[2], "three, by hand", bed=garden.beds.get(bed.id))
    garden.tag("sea", edit, saved[0])
    garden.entitle(saved[0], "a first title")
    garden.entitle(saved[0], "One")
    example = Chain.of(["bad", "better"], Source(author="me", title="a lesson"))
    chain = garden.lineage.versions(edit.id)
    versions = garden.save(refined(chain, ["finer", "finest"], examples=[example]), bed=bed)
    garden.keep(versions[1])
    garden.save(refined(Chain.of(["good"]), ["worse"], worse=True))
    later = garden.save(bred([edit, versions[1]], ["four", "five"]), bed=garden.beds.get(bed.id))
    garden.show_first(later.id, [later[1].id], note="one of two")
    garden.put_away(later[1])
    garden.drop(later[0])
    garden.take_back("drop", later[0])
    garden.shelves.put("mine", edit, saved[0], title="What I like", pattern="quotes")
    garden.shelves.put("lessons", example, garden.lineage.versions(versions[1].id))
    garden.beds.change(garden.beds.get(bed.id), chain=(saved[2].id, edit.id))
    summer = garden.beds.open("summer", parents=(edit.id, saved[0].id), start="o ")
    garden.beds.change(summer, away=True)
    garden.add("written here", "and here")
    garden.add("found, not kept", keep=False)
    garden.save(bred(["fog"], []))


def stated(garden: Garden) -> dict[str, object]:
    """Give all that a garden says, without its numbers."""

    def words(texts: Sequence[Text]) -> list[str]:
        return [text.identity for text in texts]

    def of(ids: Sequence[int]) -> list[str]:
        return [garden.text(id).identity if id else "" for id in ids]

    shown = [*garden.search.page(limit=1_000), *garden.search.page("away")]
    broods = garden.broods(limit=1_000)
    aside = [each for brood in broods for each in brood.set_aside]
    beds = {
        bed.name: (
            bed.at,
            {**bed.state(), "parents": of(bed.parents), "shown": of(bed.shown)}
            | {"chain": of(bed.chain), "brood": None}
            | {"of": words(garden.brood(bed.brood).offspring) if bed.brood else None},
        )
        for away in (False, True)
        for bed in garden.beds.all(away=away)
    }
    names = {bed.id: bed.name for away in (False, True) for bed in garden.beds.all(away=away)}
    shelves = [garden.shelves.get(name) for name in garden.shelves.names()]
    return {
        "texts": {
            each.identity: (
                *(each.content, each.origin.as_dict()),
                *(each.marks, each.tags, each.title, each.flaws),
            )
            for each in (*shown, *aside)
        },
        "order": {mark: words(garden.search.page(mark)) for mark in ("keep", "drop", "pin")},
        "broods": [
            (
                *(brood.operation, brood.at, brood.asked, brood.seed, brood.notes, brood.usage),
                *(words(brood.offspring), words(brood.set_aside), words(brood.parents)),
                *(words(brood.left_out), brood.examples, brood.chain, brood.reproducible),
                garden.costs.brood(brood.id).money,
                names.get(brood.bed or 0),
            )
            for brood in broods
        ],
        "beds": beds,
        "shelves": [
            (each.name, each.title, each.pattern, words(each.texts), each.chains)
            for each in shelves
            if each is not None
        ],
        "pairs": [
            [(pair.prompt, pair.chosen, pair.rejected, pair.why) for pair in found]
            for found in (garden.preferences(), garden.preferences(passed=True))
        ],
        "counts": garden.counts(),
        "tags": garden.search.tags(),
    }


def test_everything_comes_back(garden: Garden, other: Garden) -> None:
    grow(garden)
    before = stated(garden)
    assert len(before["pairs"][0]) == 2  # type: ignore[index]  # it is a list
    lines = written(garden)
    done = brought(other, lines)
    assert (done.problems, done.notes) == ([], [])
    after = stated(other)
    for name, of in before.items():
        assert after[name] == of, name
    assert other.verify() == []
    assert list(garden.costs.beds().values()) == list(other.costs.beds().values())
    assert written(other) == lines or len(written(other)) == len(lines)


def test_the_same_file_twice_changes_nothing(garden: Garden, other: Garden) -> None:
    grow(garden)
    lines = written(garden)
    brought(other, lines)
    before, acts = stated(other), other.acts()
    again = brought(other, lines)
    assert (again.texts, again.broods, again.beds, again.collections, again.marks) == (0,) * 5
    assert (stated(other), other.acts()) == (before, acts)
    before, acts = stated(garden), garden.acts()
    brought(garden, lines)  # where it came from
    assert (stated(garden), garden.acts()) == (before, acts)


@pytest.mark.slow
def test_what_came_in_part_is_made_whole_later(garden: Garden, other: Garden) -> None:
    grow(garden)
    some = [text.id for text in garden.search.page("keep")][:2]
    brought(other, written(garden, some))
    assert other.verify() == []
    brought(other, written(garden))
    before, after = stated(garden), stated(other)
    assert other.verify() == []
    for name in ("texts", "beds", "tags", "counts"):
        assert after[name] == before[name], name
    beds = [{brood.at: brood.bed for brood in each.broods(limit=99)} for each in (garden, other)]
    assert beds[0] == beds[1]
    for pairs in (0, 1):
        assert sorted(after["pairs"][pairs]) == sorted(before["pairs"][pairs])  # type: ignore[index]  # it is a list


@pytest.mark.slow
def test_named_texts_bring_what_belongs_to_them_and_no_more(garden: Garden, other: Garden) -> None:
    grow(garden)
    (edit,) = garden.search.words("hand")
    done = brought(other, written(garden, [edit.id]))
    (there,) = other.texts(done.ids)
    assert (there, there.marks, there.tags) == (edit, edit.marks, edit.tags)
    assert {*other.lineage.ancestors(there.id).texts.values()} == {
        *garden.lineage.ancestors(edit.id).texts.values()
    }
    (brood,) = other.broods()
    assert ([each.content for each in brood], brood.asked) == (["three"], 4)
    assert other.shelves.names() == ["mine"]
    assert other.beds.all() == []
    assert other.verify() == []


def test_one_act_takes_it_back_and_does_it_again(garden: Garden, other: Garden) -> None:
    grow(garden)
    (mine,) = other.add("mine")
    brought(other, written(garden))
    before = stated(other)
    act = other.undo()
    assert act is not None
    assert [text.id for text in other.search.page("keep")] == [mine.id]
    assert (other.shelves.names(), other.beds.all(), other.search.tags()) == ([], [], {})
    assert other.verify() == []
    other.redo()
    assert stated(other) == before


class TestMerging:
    def test_a_bed_of_the_same_name_is_never_changed(self, garden: Garden, other: Garden) -> None:
        (mine,) = other.add("mine")
        here = other.beds.open("winter", parents=(mine.id,))
        grow(garden)
        done = brought(other, written(garden))
        assert {bed.name for bed in other.beds.all()} == {"winter", "winter (2)"}
        assert other.beds.get(here.id) == here
        assert "The bed 'winter' is 'winter (2)' here" in done.notes[0]
        assert other.verify() == []
        assert brought(other, written(garden)).beds == 0

    @pytest.mark.slow
    def test_a_bed_that_came_before_stays_as_it_was_left_here(
        self, garden: Garden, other: Garden
    ) -> None:
        grow(garden)
        brought(other, written(garden))
        (bed,) = other.beds.all()
        changed = other.beds.change(bed, start="here ")
        there = garden.beds.get(next(each.id for each in garden.beds.all()))
        (parent,) = garden.add("one more")
        garden.save(bred([parent], ["later"]), bed=there)
        brought(other, written(garden))
        assert other.beds.get(bed.id) == changed
        assert "later" in [each.content for brood in other.broods(bed) for each in brood]
        assert other.verify() == []

    def test_a_collection_of_the_same_name_gets_more_members(
        self, garden: Garden, other: Garden
    ) -> None:
        other.shelves.put("mine", Text("here"), title="Here")
        garden.shelves.put("mine", Text("there"), title="There")
        brought(other, written(garden))
        shelf = other.shelves.get("mine")
        assert shelf is not None
        assert ([each.content for each in shelf.texts], shelf.title) == (["here", "there"], "Here")

    def test_texts_and_chains_do_not_meet_on_one_shelf(self, garden: Garden, other: Garden) -> None:
        other.shelves.put("mine", Text("here"))
        garden.shelves.put("mine", Chain.of(["a", "b"]))
        done = brought(other, written(garden))
        assert other.shelves.names() == ["mine", "mine (2)"]
        assert "mine (2)" in done.notes[0]
        assert brought(other, written(garden)).collections == 0


class TestDamage:
    def test_a_damaged_line_is_named_with_what_needs_it_and_the_rest_comes(
        self, garden: Garden, other: Garden
    ) -> None:
        first = garden.save(bred(["fog"], ["one", "two"]))
        garden.edit(first[0], "one, by hand")
        garden.keep(first[0], first[1])
        garden.add("alone")
        lines = written(garden)
        number = next(n for n, line in enumerate(lines) if '"content": "one"' in line)
        lines[number] = lines[number].replace('"content": "one"', '"content": "uno"')
        done = brought(other, lines)
        assert f"Line {number + 1} was changed" in done.problems[0]
        assert any(f"comes from the text of line {number + 1}" in each for each in done.problems)
        assert {text.content for text in other.search.page("keep")} == {"two", "alone"}
        assert [each.content for each in other.broods()[0]] == ["two"]
        assert other.verify() == []

    @pytest.mark.parametrize("kind", [*slow_cases(["brood", "chain", "collection", "bed"]), "mark"])
    def test_a_record_that_is_wrong_hides_no_other(
        self, garden: Garden, other: Garden, kind: str
    ) -> None:
        grow(garden)
        lines = written(garden)
        number = next(n for n, line in enumerate(lines) if f'"record": "{kind}"' in line)
        told = json.loads(lines[number])
        for name in told.keys() - {"format", "record"}:
            lines[number] = json.dumps(told | {name: {"x": [10**30]}})
            Garden.undo(other)
            done = brought(other, lines)
            assert any(f"Line {number + 1} " in each for each in done.problems) or name in {
                "settings",
                "usage",
                "source",
            }, (name, done.problems)
            assert other.verify() == [], name
        assert other.counts()["texts"] == garden.counts()["texts"]

    def test_a_brood_that_says_otherwise_than_its_texts_is_refused(
        self, garden: Garden, other: Garden
    ) -> None:
        garden.save(bred())
        lines = written(garden)
        number = next(n for n, line in enumerate(lines) if '"record": "brood"' in line)
        lines[number] = json.dumps(json.loads(lines[number]) | {"prompt": "another"})
        done = brought(other, lines)
        assert "says otherwise" in done.problems[0]
        assert other.counts()["texts"] == garden.counts()["texts"]
        assert other.verify() == []

    def test_a_kind_that_is_not_known_is_counted_and_left_out(
        self, garden: Garden, other: Garden
    ) -> None:
        garden.add("one")
        lines = written(garden)
        lines.insert(0, json.dumps({"format": "flourishing/2", "record": "dream", "of": "x"}))
        done = brought(other, lines)
        assert "1 records of the kind 'dream'" in done.notes[0]
        assert (done.texts, done.problems) == (1, [])


class TestBedsOfAFile:
    """Nothing vouches for the bed in a file, so it is checked like one that a page sends."""

    @staticmethod
    def with_bed(garden: Garden, **changes: object) -> list[str]:
        garden.beds.open("winter")
        rows = [json.loads(line) for line in written(garden)]
        return [
            json.dumps(row | (changes if row["record"] == "bed" else {}), allow_nan=True)
            for row in rows
        ]

    @pytest.mark.parametrize(
        "changes",
        first_cases(
            3,
            [
                {"settings": {"temperature": "x"}},
                {"settings": {"temprature": 3}},
                {"n": "eight"},
                {"settings": {"top_p": float("inf")}},
                {"settings": {"max_tokens": 2**70}},
                {"settings": {"refills": 10**9}},
                {"settings": {"examples": 3}},
                {"settings": {"model": ["local"]}},
                {"n": 10**8},
                {"n": True},
                {"start": "\0"},
            ],
        ),
        ids=str,
    )
    def test_one_that_nothing_can_be_bred_with_is_named(
        self, garden: Garden, other: Garden, changes: dict[str, object]
    ) -> None:
        garden.add("fog")
        done = brought(other, self.with_bed(garden, **changes))
        assert len(done.problems) == 1
        assert other.beds.all() == []
        assert [text.content for text in other.search.page()] == ["fog"]

    @pytest.mark.parametrize(
        "path", first_cases(1, ["/etc/passwd", "mine/riddles.toml", "c:\\riddles.toml"])
    )
    def test_its_pattern_is_no_path(self, garden: Garden, other: Garden, path: str) -> None:
        done = brought(other, self.with_bed(garden, pattern=path))
        assert [bed.pattern for bed in other.beds.all()] == ["poems"]
        assert any("pattern file" in note for note in done.notes)


def test_a_title_that_is_there_stays(garden: Garden, other: Garden) -> None:
    (fog,), (same,) = garden.add("grey"), other.add("grey")
    garden.entitle(fog, "Fog")
    other.entitle(same, "Mist")
    assert brought(other, written(garden)).marks == 0
    assert other.text(same.id).title == "Mist"


SEEDS = ["a gull over the harbour", "the tide takes back\nthe sand", "salt"]


class TestRuns:
    """A run goes on in another garden, to what it would have come to in its own."""

    def left(self, garden: Garden) -> str:
        """Leave a run with a brood that is not measured, and a person's marks and text in it."""
        evolution = opening.begin(SEEDS, budget=40, seed=1, model="echo", garden=garden, name="one")
        for event in sync.iterate(evolution.events()):
            if isinstance(event, Step) and event.number == 1:
                garden.pin(garden.runs.steps(evolution.id)[0].texts[1])
                evolution.give([Text("a text of my own\nin two lines")])
            if isinstance(event, Step) and event.number == 3:
                break
        texts = garden.runs.steps(evolution.id)[0].texts
        garden.likenesses.add(evolution.id, *(each.id for each in texts))
        return evolution.run.name

    def test_it_comes_back_and_goes_on(self, garden: Garden, other: Garden) -> None:
        name = self.left(garden)
        lines = written(garden)
        done = brought(other, lines)
        assert (done.problems, done.notes, done.runs) == ([], [], 1)
        assert other.verify() == []
        runs = [opening.load(name, each) for each in (garden, other)]
        assert len(runs[0].steps) >= 4
        assert facts(runs[0]) == facts(runs[1])
        assert [t.text for t in runs[0].texts] == [t.text for t in runs[1].texts]
        alike = [each.likenesses.of_run(1) for each in (garden, other)]
        assert alike[0] == alike[1] != []
        assert brought(other, lines).runs == 0
        for each in (garden, other):
            assert fl.evolve(resume=name, garden=each).finish().completions == 40
        assert facts(opening.load(name, garden)) == facts(opening.load(name, other))
        kept = [each.text.id for each in opening.load(name, other).archive]  # type: ignore[attr-defined]
        assert set(other.runs.choices(kept).values()) == {("one",)}

    def test_a_file_chooses_nothing_that_is_opened(self, garden: Garden, other: Garden) -> None:
        (fog,) = garden.add("fog")
        lines = {"name": "lines", "low": 0.0, "high": 1.0, "is_function": False, "file": ""}
        axis = {**lines, "name": "sea", "file": "/tmp/sea.toml"}
        settings = {"kind": "poem", "axes": [axis], "quality": lines}
        garden.runs.begin("by a file", settings, [fog])
        garden.runs.begin("of a file", {**settings, "kind": "/tmp/odd.toml"}, [fog])
        other.runs.begin("by a file", {}, [])
        done = brought(other, written(garden))
        assert [each.name for each in other.runs.all()] == ["by a file (2)", "by a file"]
        taken = other.runs.get("by a file (2)")
        assert taken.settings["axes"] == [{**axis, "is_function": True, "file": ""}]
        assert taken.settings["quality"] == lines
        assert taken.state == "stopped"
        assert any("/tmp/sea.toml" in note for note in done.notes)
        assert "of a kind that is a file" in done.problems[0]
        assert other.verify() == []

    @pytest.mark.parametrize(
        "change",
        [
            *slow_cases([{"number": 0}, {"run": 99}]),
            {"told": "maybe"},
            {"texts": [{"text": "b2:0", "place": 0}]},
        ],
    )
    def test_a_damaged_step_costs_itself(
        self, garden: Garden, other: Garden, change: dict[str, object]
    ) -> None:
        name = self.left(garden)
        lines = written(garden)
        at = next(n for n, line in enumerate(lines) if '"number": 1,' in line)
        lines[at] = json.dumps(json.loads(lines[at]) | change)
        done = brought(other, lines)
        assert done.problems[0].startswith(f"Line {at + 1}")
        assert len(done.problems) == 1
        assert other.verify() == []
        assert [step.number for step in opening.load(name, other).steps][:2] == [0, 2]


def facts(run: Run) -> list[object]:
    """Give what a run says of its texts, without their numbers."""
    return [
        *(run.state, run.reason, run.plan, run.completions, run.tokens),
        [(elite.cell, elite.content, elite.quality, elite.measures) for elite in run.archive],
        [
            (
                *(step.number, step.emitter, step.completions, step.tokens, step.error),
                [(t.text.content, t.outcome, t.quality, t.note) for t in step.texts],
            )
            for step in run.steps
        ],
    ]
