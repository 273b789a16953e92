"""`flourishing breed` and `flourishing refine`: new texts, or the next version of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import click

from flourishing import sync
from flourishing.app import bed_operations, collections
from flourishing.app.bed_operations import begin_bed, change_bed, find_bed, lasting_kind
from flourishing.app.candidates import Plan, with_note
from flourishing.app.candidates import plan as make_plan
from flourishing.app.collections import Suiting, suiting
from flourishing.app.progress import open_visibly
from flourishing.breeding import BreedRequest, breed
from flourishing.breeding.bed_settings import BedSettings, require_choice
from flourishing.cli.options import (
    as_numbers,
    brood_options,
    choice_options,
    garden_option,
    spend_option,
    take_choice,
    take_sampling,
)
from flourishing.cli.saving import save_and_show, show_prompts_of
from flourishing.cli.show import messages, printable, show_changes, show_json
from flourishing.cli.terminal import is_file, is_there, read_words
from flourishing.core.chain import Chain
from flourishing.core.operation import Operation
from flourishing.core.sampling import SamplingOptions
from flourishing.core.text import Text, normalize_line_ends, require_unicode
from flourishing.errors import InputError, PatternError
from flourishing.garden import AsyncGarden, Garden, open_garden
from flourishing.kinds import DEFAULT, Kind, find_pattern, kind_of, pattern_for
from flourishing.kinds import kind as find_kind
from flourishing.library.choosing import Choice
from flourishing.models import open_model
from flourishing.models.cost import open_budget
from flourishing.patterns import Pattern

_RULE: Final = re.compile(r"^-{3,}[ \t]*(?:\n|\Z)", re.MULTILINE)


@click.command("breed")
@click.argument("parents", nargs=-1)
@click.option(
    "--from",
    "sources",
    multiple=True,
    help='A collection, a file of texts with "---" between, or "-" for stdin; may be given more '
    "than once. [what ships of the kind, such as imagists, and what you have finished of it]",
)
@choice_options
@click.option("-n", "--offspring", "n", type=int, default=8, show_default=True, help="How many.")
@click.option(
    "--kind",
    help="The kind of text, by name or a .toml file; see: flourishing kinds. [as the parents]",
)
@click.option("--pattern", help="A pattern by name, or a .toml file; see: flourishing patterns.")
@click.option("--start", default="", help="Words that every offspring begins with.")
@click.option("--refills", type=int, help="How many flawed ones may be asked for again. [as -n]")
@click.option("--words", type=int, help="About how many words each has. [any length]")
@click.option(
    "--candidates",
    type=int,
    help="Breed so many, and show the -n that suit your marks best and differ; 0 for no choice.",
)
@click.option("--interactive", "-i", is_flag=True, help="Go on: pick, edit, drop, breed again.")
@click.option("--bed", "bed_name", help="The bed to go on with, or to begin, by its name.")
@click.option("--json", "as_json", is_flag=True, help="Write the whole brood as one JSON document.")
@click.option("--show-prompt", is_flag=True, help="Write the exact prompt, and breed nothing.")
@spend_option
@garden_option
@brood_options
def command(
    parents: tuple[str, ...],
    sources: tuple[str, ...],
    n: int,
    kind: str | None,
    pattern: str | None,
    start: str,
    refills: int | None,
    words: int | None,
    candidates: int | None,
    interactive: bool,
    bed_name: str | None,
    as_json: bool,
    show_prompt: bool,
    spend: Decimal | None,
    place: str | None,
    models: tuple[str, ...],
    **options: Any,
) -> None:
    """Breed offspring from PARENTS, worst first and best last.

    PARENTS are texts, or numbers of texts in the garden. Without them, from some texts of a
    collection, or from a file. Texts on the command line are taken for a list of short phrases,
    unless one has several lines, or --kind or --pattern says otherwise. What comes is saved in the
    garden.

    With --interactive, what is given beside the name of a --bed that is there changes the bed.

    With --model given more than once, the models share the offspring in turn: 8 of two models are 4
    of each.

    With --candidates, more are bred than are shown, and what was learned from your marks in beds of
    this kind of text chooses; the rest is saved too. Where that cannot tell yet, only -n are bred.

    \b
    flourishing breed --interactive
    flourishing breed cat dog rabbit wolf -n 3
    flourishing breed 12 15 --start "the sea"
    flourishing breed --from poems.txt --from imagists --choose newest --json
    """
    if interactive and as_json:
        raise click.UsageError("--json and --interactive do not go together.")
    if parents and sources:
        raise click.UsageError("Give PARENTS, or --from, not both.")
    sampling = take_sampling(options)
    choice = take_choice(options, seed=options["seed"])
    model = models[0] if models else None
    if candidates is not None and not interactive:
        require_choice(BedSettings.of({"candidates": candidates}).candidates, n)
    with open_garden(place) as garden:
        budget = open_budget(spend)
        if interactive:
            from flourishing.cli.interactive import begin  # here, since one shot needs none of it

            begin(
                garden,
                lambda its, of: find_parents(
                    garden, parents, sources, kind or of, pattern or its, choice, model
                ),
                bed_name=bed_name,
                n=n,
                start=start,
                pattern=pattern,
                kind=kind,
                given=_given(parents, sources),
                settings=_set(sampling, refills, candidates, words),
                seed=options["seed"],
                models=models,
                budget=budget,
            )
            return
        bed = find_bed(garden, bed_name)
        prompt: str | None = None
        if bed is not None and bed.parents and not (parents or sources):
            texts: list[Text] = [*garden.texts(bed.parents)]
            own = bed.kind if kind is None else kind
            its = Suiting(own, pattern or (bed.pattern if kind is None else ""))
            start = start or bed.start
            sampling = bed.settings.sampling.with_options(sampling)
            prompt = bed.settings.prompt
            refills = bed.settings.refills if refills is None else refills
            words = bed.settings.words if words is None else words
            if candidates is None:
                candidates = bed.settings.candidates
        else:
            texts, its = find_parents(garden, parents, sources, kind, pattern, choice, model)
        form = pattern_for(its.kind or None, its.pattern or None)
        its_kind = kind_of(form, its.kind)
        names = models or (bed_operations.models_of(bed) if bed else [None])
        opened = [open_visibly(name) for name in names]
        plan = Plan(n=n, shown=n)
        if not show_prompt:
            plan = sync.run(
                make_plan(
                    AsyncGarden(garden),
                    n=n,
                    candidates=candidates,
                    kind=its_kind.name,
                    model=opened[0],
                )
            )
        request = BreedRequest(
            parents=texts,
            n=plan.n,
            pattern=form,
            kind=its_kind,
            start=start,
            sampling=sampling,
            seed=options["seed"],
            refills=refills,
            words=words,
            model=opened,
            prompt=prompt,
            budget=budget,
        )
        if show_prompt:
            show_prompts_of(request)
            return
        events = with_note(breed(request), plan.note)
        if bed_name is not None and bed is None:
            bed = begin_bed(
                garden,
                bed_name,
                texts,
                its.pattern,
                n=n,
                start=start,
                kind=its.kind,
                settings=_set(sampling, refills, candidates, words),
            )
        elif bed is not None and not bed.parents:
            bed = change_bed(garden, bed, parents=texts, pattern=its.pattern, kind=its.kind)
        save_and_show(events, garden, plan=plan, as_json=as_json, bed=bed, model=opened[0])


def _given(parents: tuple[str, ...], sources: tuple[str, ...]) -> set[str]:
    """Say what the person gave of what a bed has, too."""
    context = click.get_current_context()
    options = (name for name in ("n", "start") if not _is_default(context, name))
    return {*options, *(["parents"] if parents or sources else [])}


def _set(
    sampling: SamplingOptions, refills: int | None, candidates: int | None, words: int | None
) -> dict[str, Any]:
    """Give what the person said of how a bed is bred, as its settings."""
    more = {"refills": refills, "candidates": candidates, "words": words}
    return sampling.as_dict() | {name: of for name, of in more.items() if of is not None}


def _is_default(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.DEFAULT


def find_parents(
    garden: Garden,
    given: tuple[str, ...],
    sources: tuple[str, ...],
    kind: str | None,
    pattern: str | None,
    choice: Choice,
    model: str | None,
) -> tuple[list[Text], Suiting]:
    """Find the texts to breed from, and the kind and the pattern: those named, or what suits.

    Args:
        garden: Where texts and the person's own collections stand.
        given: Texts, or their numbers.
        sources: Collections and files; none for what ships of the kind, and the person's own.
        kind: The kind of text; None for what suits the texts.
        pattern: The pattern; None for that of the kind.
        choice: Which texts of the collections to take.
        model: The model, which counts tokens where the choice has a budget of them.

    Raises:
        InputError: A collection or a file is not there, or there is nothing in it.
    """
    if given:
        texts, its = _named(garden, given)
        return texts, _suiting(kind, pattern, its, texts)
    files = [name for name in sources if name not in collections.collection_names(garden)]
    wanted = find_kind(kind) if kind else None
    if not files:
        chosen, its = sync.run(
            collections.parents_from(
                sources, choice, AsyncGarden(garden), open_model(model), wanted
            )
        )
        return chosen, _suiting(kind, pattern, its, chosen)
    its = _suiting(kind, pattern, suiting(find_kind(DEFAULT)))
    form = pattern_for(its.kind, its.pattern)
    texts = []
    for name in sources:
        if name in files:
            texts += _split(_read(name, garden), form, name)
        else:
            one = collections.parents_from([name], choice, AsyncGarden(garden), open_model(model))
            texts += sync.run(one)[0]
    return texts, its


def _suiting(
    kind: str | None, pattern: str | None, its: Suiting, texts: Sequence[Text] = ()
) -> Suiting:
    """Give the kind and the pattern: those that are named, or else what suits the texts."""
    if kind:
        return Suiting(kind, pattern or pattern_for(kind, None).name)
    if not pattern:
        return its
    contents = [text.content for text in texts]
    return Suiting(kind_of(find_pattern(pattern), texts=contents).name, pattern)


def _named(garden: Garden, given: tuple[str, ...]) -> tuple[list[Text], Suiting]:
    """Give the parents of the command line, and what suits them."""
    usual = suiting(find_kind(DEFAULT))
    if (ids := as_numbers(given)) is not None:
        stored = garden.texts(ids)
        return list(stored), collections.suiting_text(stored[-1], garden) or usual
    for number, text in enumerate(given, start=1):
        require_unicode(text, f"Parent {number}")
    short = not any("\n" in text for text in given)
    texts = [Text(normalize_line_ends(text)) for text in given]
    return texts, suiting(kind_of("list", texts=given)) if short else usual


def _read(source: str, garden: Garden) -> str:
    if source != "-" and not is_there(source):
        raise InputError(
            f"There is no collection and no file {source!r}.",
            hint=f"Collections: {', '.join(collections.collection_names(garden))}.",
        )
    return read_words(source)


def _split(content: str, pattern: Pattern, source: str) -> list[Text]:
    """Take a file apart: as a prompt in the pattern, at lines of dashes, or at its separator.

    Raises:
        InputError: There is nothing in it.
    """
    try:
        items = pattern.parse(content)
    except PatternError:
        ruled = _RULE.search(content) is not None
        items = _RULE.split(content) if ruled else content.split(pattern.separator)
    texts = [Text(item.strip("\n")) for item in items if isinstance(item, str) and item.strip()]
    if not texts:
        name = "stdin" if source == "-" else source
        raise InputError(f"There is no text in {name}.", hint="Write some, with --- between.")
    return texts


_BETTER: Final = re.compile(r"^better:[ \t]*(?:\n|\Z)", re.MULTILINE)


@click.command("refine")
@click.argument("versions", nargs=-1, required=True)
@choice_options
@click.option("-n", "--offspring", "n", type=int, default=8, show_default=True, help="How many.")
@click.option("--start", default="", help="Words that every version begins with.")
@click.option("--refills", type=int, help="How many flawed ones may be asked for again. [as -n]")
@click.option("--worse", is_flag=True, help="Write worse versions, to make examples of.")
@click.option("--accept", is_flag=True, help="Call it finished: it and its versions are shelved.")
@click.option(
    "--into",
    help="With --accept, the collection that it joins. [that of its kind, such as poems]",
)
@click.option(
    "--kind",
    help="The kind of text, by name or a .toml file; see: flourishing kinds. [as the text]",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document.")
@click.option("--show-prompt", is_flag=True, help="Write the exact prompt, and refine nothing.")
@spend_option
@garden_option
@brood_options
def refine_command(
    versions: tuple[str, ...],
    n: int,
    start: str,
    refills: int | None,
    worse: bool,
    accept: bool,
    kind: str | None,
    into: str | None,
    as_json: bool,
    show_prompt: bool,
    spend: Decimal | None,
    place: str | None,
    models: tuple[str, ...],
    **options: Any,
) -> None:
    """Refine a text: the model writes its next version, after examples of texts getting better.

    VERSIONS is one number of a text in the garden, refined on from all the versions that it went
    through; or several numbers or texts, worst first; or the path of a file, or "-" for stdin, with
    lines of "better:" between the versions. To go back to an earlier version, refine that one:
    nothing is lost.

    \b
    flourishing refine 12
    flourishing refine 12 --accept
    flourishing refine 12 --worse -n 4
    flourishing refine "a dove jumps up" "a dove flies up"
    """
    sampling = take_sampling(options)
    choice = take_choice(options, seed=options["seed"])
    with open_garden(place) as garden:
        chain = _chain(garden, versions)
        its = find_kind(kind) if kind else collections.kind_of_chain(chain, garden)
        if accept:
            named = lasting_kind(kind) if kind else its.name
            _accept(garden, chain, its, named, into, as_json=as_json)
            return
        opened = [open_model(name) for name in models or [None]]
        examples = sync.run(
            collections.examples_from(AsyncGarden(garden), chain, choice, opened[0], its)
        )
        request = BreedRequest(
            operation=Operation.WORSEN if worse else Operation.REFINE,
            chain=chain,
            examples=examples,
            n=n,
            kind=its,
            start=start,
            sampling=sampling,
            seed=options["seed"],
            refills=refills,
            model=[open_visibly(model) for model in opened],
            budget=open_budget(spend),
        )
        if show_prompt:
            show_prompts_of(request)
            return
        plan = Plan(n=n, shown=n)
        save_and_show(breed(request), garden, plan=plan, as_json=as_json, model=opened[0])


def _chain(garden: Garden, versions: tuple[str, ...]) -> Chain:
    """Find the chain that is named: by numbers, as texts, or in a file."""
    if (ids := as_numbers(versions)) is not None:
        stored = garden.texts(ids)
        return garden.lineage.versions(ids[0]) if len(ids) == 1 else Chain(tuple(stored))
    if len(versions) == 1 and (versions[0] == "-" or is_file(versions[0])):
        return _read_chains(versions[0])
    for number, text in enumerate(versions, start=1):
        require_unicode(text, f"Version {number}")
        if not text.strip():
            raise InputError(f"Version {number} is blank.", hint="Leave it out.")
    return Chain.of(versions)


def _read_chains(path: str) -> Chain:
    parts = _BETTER.split(read_words(path))
    return Chain.of([Text(part.strip("\n")) for part in parts if part.strip()])


def _accept(
    garden: Garden, chain: Chain, kind: Kind, named: str, into: str | None, *, as_json: bool
) -> None:
    into = into or kind.finished
    collections.require_kind(into, garden, chains=False)
    text = garden.accept(chain, poems=into, kind=named)
    if as_json:
        show_json(text.as_dict())
        return
    show_changes(messages(), chain.versions)
    more = f", its {len(chain)} versions in “{kind.refinements}”" if len(chain) > 1 else ""
    click.echo(printable(f"Accepted: {text.id} is in the collection “{into}”{more}."))
