"""A hypothesis applied to a snapshot: step by step into a draft, then compiled once.

Takes a Snapshot, a Hypothesis and the catalogue's rules, gives the Snapshot of what is supposed: the one that a record
after the same edits would give. Two things are no edits: an item that is down, and one that never fails.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cmdb.errors import CmdbError, UsageError
from cmdb.model import OUT_OF_SERVICE
from cmdb.model.values import ValuesRefused, check_pool
from cmdb.snapshot import Snapshot
from cmdb.snapshot.catchup import Rules
from impact.whatif import steps as of
from impact.whatif.copying import copy_item
from impact.whatif.drafting import Draft, PoolSeen
from impact.whatif.falling import with_down

__all__ = ["Supposed", "apply"]

_RANGES: Final = ("mtbf_low_hours", "mtbf_high_hours", "mttr_low_hours", "mttr_high_hours", "reliability_basis")
"""What was said of recorded times, and not of those supposed in their place."""


@dataclass(frozen=True)
class Supposed:
    """What is supposed, and the estate that follows."""

    snapshot: Snapshot
    title: str
    steps: tuple[str, ...]
    """Each step as a sentence, items by their names."""
    notes: tuple[str, ...]
    """What was understood that nobody said."""
    down: tuple[str, ...]
    """Record ids of the items supposed to be down."""
    perfect: tuple[str, ...]
    """Record ids of the items supposed never to fail by themselves."""
    added: tuple[str, ...]
    """Record ids of the items that are only supposed."""
    touched: tuple[str, ...]
    """Record ids of the items of which something differs: their values, their requirements, their pools."""


@dataclass
class _Progress:
    draft: Draft
    notes: list[str] = field(default_factory=list)
    down: dict[str, None] = field(default_factory=dict)
    perfect: dict[str, None] = field(default_factory=dict)
    added: dict[str, None] = field(default_factory=dict)


def apply(snapshot: Snapshot, hypothesis: of.Hypothesis, rules: Rules) -> Supposed:
    """Return the estate in which every step holds, compiled with `rules` as the record's catalogue has them.

    Raises UsageError, naming the step by its number, for one that cannot be.
    """
    progress = _Progress(Draft(snapshot, rules))
    told = []
    for number, step in enumerate(hypothesis.steps, 1):
        try:
            told.append(_TAKEN[type(step)](progress, step))
        except CmdbError as error:
            raise StepImpossible(str(error), number) from error
    compiled = progress.draft.compiled()
    if progress.down:
        compiled = with_down(compiled, [compiled.row_of(id_) for id_ in progress.down])
    elif compiled is snapshot:
        # An estate of its own, so that nothing that is kept with the recorded one is taken for it.
        compiled = dataclasses.replace(snapshot)
    return Supposed(
        compiled,
        hypothesis.title,
        tuple(told),
        tuple(progress.notes),
        tuple(progress.down),
        tuple(progress.perfect),
        tuple(progress.added),
        tuple(dict.fromkeys([*progress.draft.touched(), *progress.down])),
    )


class StepImpossible(UsageError):
    """A step cannot be taken; `number` counts from 1."""

    def __init__(self, message: str, number: int) -> None:
        self.message = message
        self.number = number
        super().__init__(f"step {number}: {message}")


def _down(progress: _Progress, step: of.Down) -> str:
    draft = progress.draft
    id_ = _in_service(draft, step.item)
    progress.down[id_] = None
    return f"{draft.name(id_)} is down"


def _perfect(progress: _Progress, step: of.Perfect) -> str:
    draft = progress.draft
    id_ = _in_service(draft, step.item)
    values = draft.values(id_)
    for name in ("mtbf_hours", "mttr_hours", "maintenance_hours_per_year", *_RANGES):
        values.pop(name, None)
    draft.put_values(id_, {**values, "availability": 1})
    progress.perfect[id_] = None
    progress.notes.append(
        f"{draft.name(id_)} stays a single point of failure wherever it is one: those are judged by the topology"
    )
    return f"{draft.name(id_)} never fails by itself"


def _remove(progress: _Progress, step: of.Remove) -> str:
    draft = progress.draft
    id_ = draft.find(step.item)
    draft.put_values(id_, draft.values(id_), "retired")
    return f"{draft.name(id_)} is gone"


def _set(progress: _Progress, step: of.SetValues) -> str:
    draft = progress.draft
    id_ = draft.find(step.item)
    values = dict(draft.values(id_))
    # An availability and the two times say the same thing twice: what is said now replaces what was said before.
    times = ("mtbf_hours", "mttr_hours")
    replaced: tuple[str, ...] = ()
    if "availability" in step.values:
        replaced = (*times, *_RANGES)
    elif not step.values.keys().isdisjoint(times):
        replaced = ("availability", *_RANGES)
    for name in replaced:
        values.pop(name, None)
    values.update(step.values)
    status = values.pop("status", None)
    _check_failing(draft, id_, values, progress)
    draft.put_values(id_, values, status)
    return f"{draft.name(id_)} has {_spelt(step.values)}"


def _check_failing(draft: Draft, id_: str, values: dict[str, Any], progress: _Progress) -> None:
    """Fill what of MTBF and MTTR is missing from the class, and say so; an estate with half a pair says nothing."""
    given = {name for name in ("mtbf_hours", "mttr_hours") if values.get(name) is not None}
    if len(given) != 1:
        return
    (missing,) = {"mtbf_hours", "mttr_hours"} - given
    class_ = draft.rules.classes.get(draft.class_of(id_))
    default = getattr(class_, missing, None)
    if default is None:
        raise UsageError(f"{draft.name(id_)} has {given.pop()} but no {missing}, and its class has none: set both")
    values[missing] = default
    progress.notes.append(f"{draft.name(id_)} has no {missing}: {default:g} is taken, the default of its class")


def _need(progress: _Progress, step: of.Need) -> str:
    draft = progress.draft
    consumer = draft.find(step.consumer)
    seen = draft.pool(consumer, step.pool)
    try:
        need = check_pool({"need": step.need})["need"]
    except ValuesRefused as refused:
        raise UsageError("; ".join(refused.complaints)) from None
    rest = {name: value for name, value in seen.shown.items() if name not in ("need", "assumed")}
    draft.put_pool(consumer, step.pool, {**rest, "need": need})
    now = draft.pool(consumer, step.pool)
    if now.need > len(now.members):
        progress.notes.append(
            f"pool {step.pool} of {draft.name(consumer)} needs {now.need} of {len(now.members)} members, more than "
            "there are: all of them are taken to be needed"
        )
    return f"{draft.name(consumer)} needs {need} of its pool {step.pool} in place of {seen.need} of {len(seen.members)}"


def _add_item(progress: _Progress, step: of.AddItem) -> str:
    return _copied(progress, progress.draft.find(step.like), step)[1]


def _copied(progress: _Progress, like: str, step: of.AddItem | of.AddMember | of.Pair) -> tuple[str, str]:
    draft = progress.draft
    on = None if step.on is None else draft.find(step.on)
    instead = None if step.instead_of is None else draft.find(step.instead_of)
    copy, told = copy_item(draft, like, name=step.name, on=on, instead_of=instead)
    progress.added[copy] = None
    return copy, told


def _add_member(progress: _Progress, step: of.AddMember) -> str:
    draft = progress.draft
    consumer = draft.find(step.consumer)
    seen = draft.pool(consumer, step.pool)
    if step.like is not None:
        member, told = _copied(progress, draft.find(step.like), step)
        told = f"; {told}"
    else:
        assert step.item is not None
        member, told = _in_service(draft, step.item), ""
        if member in seen.members:
            raise UsageError(f"{draft.name(member)} is a member of pool {step.pool} already")
    pattern = next(
        (link for link in draft.links_of(consumer) if link.consumer == consumer and step.pool in link.pools), None
    )
    if pattern is None:
        raise UsageError(
            f"pool {step.pool} of {draft.name(consumer)} has no member whose type of relationship could be taken: "
            "use relate"
        )
    ends = (consumer, member) if pattern.start == consumer else (member, consumer)
    added = draft.put_link(ends[0], pattern.type, ends[1], "", {"pools": [step.pool]})
    if added.consumer != consumer or added.impact not in ("hard", "soft"):
        raise UsageError(
            f"by the catalogue {draft.class_of(ends[0])} {pattern.type} {draft.class_of(ends[1])} is no requirement "
            f"of {draft.name(consumer)}: use relate with another type"
        )
    _keep_need(progress, consumer, step.pool, seen)
    return f"{draft.name(member)} is a member more of pool {step.pool} of {draft.name(consumer)}{told}"


def _keep_need(progress: _Progress, consumer: str, name: str, before: PoolSeen) -> None:
    """Keep an assumed need in number: n - 1 of more members would be more, and a member more a loss."""
    draft = progress.draft
    if before.assumed:
        draft.put_pool(consumer, name, {**before.shown, "need": before.need, "assumed": True})
        progress.notes.append(
            f"nobody stated how many members pool {name} of {draft.name(consumer)} needs: it is taken to need "
            f"{before.need} as before; say otherwise with need"
        )
    elif isinstance(stated := before.shown.get("need"), str):
        now = draft.pool(consumer, name)
        progress.notes.append(
            f"pool {name} of {draft.name(consumer)} needs {stated} of its members, which is now {now.need} of "
            f"{len(now.members)}"
        )


def _pair(progress: _Progress, step: of.Pair) -> str:
    draft = progress.draft
    item = _in_service(draft, step.item)
    links = [link for link in draft.links_of(item) if link.provider == item and link.impact in ("hard", "soft")]
    direct = [link for link in links if link.direct]
    if not direct:
        pools = sorted(
            {f"{draft.name(link.consumer)}:{pool}" for link in links for pool in link.pools if link.consumer}
        )
        hint = f"; it is a member of {', '.join(pools[:5])}: use add_member" if pools else ""
        raise UsageError(f"nobody requires {draft.name(item)} by itself{hint}")
    copy, told = _copied(progress, item, step)
    pool = f"pair of {draft.name(item)}"[:200]
    for link in direct:
        assert link.consumer is not None
        shown = {name: value for name, value in link.shown.items() if name != "required"}
        pools = [*link.shown.get("pools", ()), pool]
        draft.put_link(link.start, link.type, link.end, link.key, {**shown, "pools": sorted(pools)})
        ends = [copy if end == item else end for end in (link.start, link.end)]
        draft.put_link(ends[0], link.type, ends[1], link.key, {**shown, "pools": [pool]})
        draft.put_pool(link.consumer, pool, {"need": 1})
    if pooled := len(links) - len(direct):
        progress.notes.append(
            f"{draft.name(item)} is a member of {pooled} pools too, where nothing changes: its copy does not count "
            "there"
        )
    who = len({link.consumer for link in direct})
    return f"{draft.name(item)} is a pair for the {who} that require it; {told}"


def _type(draft: Draft, name: str) -> tuple[str, bool]:
    found = draft.rules.type_named(name)
    if found is None:
        near = draft.rules.suggest_type(name)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see: cmdb catalogue"
        raise UsageError(f"unknown relationship type {name!r}{hint}")
    return found


def _relate(progress: _Progress, step: of.Relate) -> str:
    draft = progress.draft
    type_, swapped = _type(draft, step.type)
    ends = [draft.find(step.start), draft.find(step.end)]
    if swapped:
        ends.reverse()
    pools = [step.pool] if isinstance(step.pool, str) else list(step.pool or ())
    link = draft.put_link(ends[0], type_, ends[1], step.key, {"pools": sorted(set(pools))} if pools else {})
    if link.impact not in ("hard", "soft"):
        why = "has no direction" if draft.undirected(type_) else "is no requirement, by the catalogue"
        progress.notes.append(f"{draft.name(ends[0])} {type_} {draft.name(ends[1])} {why}")
    return f"{draft.name(ends[0])} {type_} {draft.name(ends[1])}"


def _unrelate(progress: _Progress, step: of.Unrelate) -> str:
    draft = progress.draft
    type_, swapped = _type(draft, step.type)
    ends = [draft.find(step.start), draft.find(step.end)]
    if swapped:
        ends.reverse()
    for link in draft.links_of(ends[0]):
        same = [link.start, link.end] == ends or (draft.undirected(type_) and [link.end, link.start] == ends)
        if link.type == type_ and link.key == step.key and same:
            draft.drop_link(link)
            return f"{draft.name(link.start)} no longer {type_} {draft.name(link.end)}"
    raise UsageError(
        f"there is no relationship {draft.name(ends[0])} {type_} {draft.name(ends[1])}"
        + (f" of key {step.key!r}" if step.key else "")
        + f"; see: cmdb show {draft.name(ends[0])!r}"
    )


def _in_service(draft: Draft, name: str) -> str:
    id_ = draft.find(name)
    if draft.status(id_) in OUT_OF_SERVICE:
        raise UsageError(f"{draft.name(id_)} is {draft.status(id_)}: out of service, it can be nothing to anybody")
    return id_


def _spelt(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


_TAKEN: Final[dict[type[of.Step], Callable[[_Progress, Any], str]]] = {
    of.Down: _down,
    of.Perfect: _perfect,
    of.Remove: _remove,
    of.SetValues: _set,
    of.Need: _need,
    of.AddItem: _add_item,
    of.AddMember: _add_member,
    of.Pair: _pair,
    of.Relate: _relate,
    of.Unrelate: _unrelate,
}
