"""Hypotheses as people write them: a YAML or JSON file of steps, and options of the command line.

In comes a path or words; out goes a `Hypothesis`, or an error that names the line. Nothing is looked up in a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmdb.errors import FileProblem, UsageError

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot
    from cmdb.snapshot.catchup import Rules
    from impact.whatif import Supposed
    from impact.whatif.steps import Hypothesis, Step
    from importers.reading import SourceFile

__all__ = ["Stated"]


@dataclass(frozen=True)
class Stated:
    """A hypothesis, and where each of its steps was stated, so that one that cannot be taken is told with its line."""

    hypothesis: Hypothesis
    places: Sequence[tuple[str, int | None] | None]
    """By step: the file and the line in it; None for an option."""

    @classmethod
    def of(cls, file: Path | None, options: Mapping[str, Sequence[Any]] | None = None) -> Stated:
        """Return what a file and options state together, the file first.

        `options` are words of the command line by kind of step. Raises FileProblem with the line of the first thing
        that is wrong, and UsageError for an option that is not of its form.
        """
        from impact.whatif.steps import Hypothesis

        title, steps, lines = ("", [], []) if file is None else _read(file)
        named = "" if file is None else str(file)
        more = _steps_of_options(options or {})
        places = [(named, line) for line in lines] + [None] * len(more)
        return cls(Hypothesis(title=title, steps=(*steps, *more)), places)

    def apply(self, snapshot: Snapshot, rules: Rules) -> Supposed:
        """Return the estate that is supposed; raises FileProblem or UsageError for a step that cannot be."""
        from impact.whatif.applying import StepImpossible, apply

        try:
            return apply(snapshot, self.hypothesis, rules)
        except StepImpossible as impossible:
            place = self.places[impossible.number - 1]
            if place is None:
                raise UsageError(impossible.message) from impossible
            raise FileProblem(f"{impossible}", file=place[0], row=place[1]) from impossible


def _read(path: Path) -> tuple[str, list[Step], list[int | None]]:
    from importers.reading import lines_in_list, open_source, read_json, read_yaml, sniff

    source = open_source(path)
    entry_lines: list[int] = []
    if sniff(source) == "json":
        whole, first = read_json(source), 1
    else:
        document = read_yaml(source)
        whole, first = document.value, document.line
        entry_lines = lines_in_list(source, "steps")
    if not isinstance(whole, dict):
        raise source.problem("it must be a mapping with what_if: 1 and steps", first)
    _check_head(source, whole, first)
    given = whole.get("steps")
    if not isinstance(given, list) or not given:
        raise source.problem("steps is missing or empty: it must be a list, such as - down: esx1", first)
    title = whole.get("title") or ""
    if not isinstance(title, str):
        raise source.problem(f"title is {title!r}: it must be text", first)
    lines = [entry_lines[at] if at < len(entry_lines) else None for at in range(len(given))]
    return title, [_step(source, each, at + 1, lines[at]) for at, each in enumerate(given)], lines


def _check_head(source: SourceFile, whole: Mapping[str, Any], line: int) -> None:
    if whole.get("what_if") != 1:
        raise source.problem("what_if: 1 is missing: it says that this is a hypothesis", line)
    if unknown := sorted(map(str, whole.keys() - {"what_if", "title", "steps"})):
        raise source.problem(f"unknown key {unknown[0]!r}: a hypothesis has what_if, title and steps", line)


def _step(source: SourceFile, entry: object, number: int, line: int | None) -> Step:
    from impact.whatif.steps import STEPS, StepRefused, step_of

    if not isinstance(entry, dict) or len(entry) != 1:
        raise source.problem(
            f"step {number} must be a mapping of one key, one of {', '.join(STEPS)}; such as - down: esx1", line
        )
    ((kind, given),) = entry.items()
    try:
        return step_of(str(kind), given)
    except StepRefused as refused:
        raise source.problem(f"step {number}: {refused}", line) from None


def _steps_of_options(options: Mapping[str, Sequence[Any]]) -> list[Step]:
    """Return the steps that options of a command line say, by kind of step, in the order of `STEPS`.

    Raises UsageError for one that is not of its form.
    """
    from impact.whatif.steps import STEPS, StepRefused, step_of

    steps = []
    for kind in STEPS:
        for text in options.get(kind, ()):
            try:
                steps.append(step_of(kind, _OF_OPTION[kind](text) if kind in _OF_OPTION else text))
            except StepRefused as refused:
                raise UsageError(f"--{kind.replace('_', '-')}: {refused}") from None
    return steps


def _set(text: str) -> dict[str, Any]:
    left, equals, value = text.partition("=")
    item, dot, field = left.rpartition(".")
    if not (equals and dot and item and field and value):
        raise UsageError(f"--set is {text!r}: give ITEM.FIELD=VALUE, such as db1.mtbf_hours=5000")
    return {"item": item, field: value}


def _pool(text: str, option: str, example: str) -> tuple[str, str, str]:
    left, equals, value = text.rpartition("=")
    consumer, colon, pool = left.rpartition(":")
    if not (equals and colon and consumer and pool and value):
        raise UsageError(f"--{option} is {text!r}: give CONSUMER:POOL={example}")
    return consumer, pool, value


def _need(text: str) -> dict[str, Any]:
    consumer, pool, need = _pool(text, "need", "N, such as shop:web=2 or shop:web=50%")
    return {"consumer": consumer, "pool": pool, "need": need}


def _add_member(text: str) -> dict[str, Any]:
    consumer, pool, item = _pool(text, "add-member", "ITEM, or CONSUMER:POOL=like ITEM on HOST")
    if not item.startswith("like "):
        return {"consumer": consumer, "pool": pool, "item": item}
    return {"consumer": consumer, "pool": pool, **_like(item[5:])}


def _like(text: str) -> dict[str, Any]:
    like, _, on = text.partition(" on ")
    return {"like": like.strip(), **({"on": on.strip()} if on.strip() else {})}


def _pair(text: str) -> dict[str, Any]:
    said = _like(text)
    return {"item": said.pop("like"), **said}


def _link(words: Sequence[str]) -> dict[str, Any]:
    return dict(zip(("from", "type", "to"), words, strict=True))


_OF_OPTION: Any = {
    "set": _set,
    "need": _need,
    "add_member": _add_member,
    "add_item": _like,
    "pair": _pair,
    "relate": _link,
    "unrelate": _link,
}
