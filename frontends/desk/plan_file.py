"""Plan files: what is to be put into waves, and what the waves must honour. YAML or JSON in, nodes and rules out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cmdb.changes.reading import Resolve
from cmdb.errors import CmdbError, FileProblem, UsageError
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from frontends.desk.change_file import read_values
from impact.waves import PlanNode, PlanRules

__all__ = ["PlanForm", "PlanRead", "read_plan"]

Name = Annotated[str, Field(min_length=1)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TeamForm(_Form):
    """A team, its part of the work, and how much of it the team can do at once."""

    items: list[Name]
    at_once: int = Field(1, ge=1)


class PlanForm(_Form):
    """A plan: items or changes, and what the waves must honour."""

    title: str = ""
    items: list[Name] = Field(default_factory=list, description="Items, each worked on by itself.")
    changes: list[Name] = Field(default_factory=list, description="Numbers of changes, each done as a whole.")
    reserve: int = Field(0, ge=0, description="Members that every pool keeps beyond its need.")
    at_most: int | None = Field(None, ge=1, description="Items, or changes, in one wave.")
    order: list[tuple[Name, Name]] = Field(default_factory=list, description="Pairs: the first in an earlier wave.")
    zones: dict[str, list[Name]] = Field(default_factory=dict, description="Zones; a wave keeps within one.")
    teams: dict[str, TeamForm] = Field(default_factory=dict)
    minutes: float = Field(60, gt=0, description="How long one wave takes.")
    seconds: float = Field(20, gt=0, description="Time to try each number of waves.")


class PlanRead(NamedTuple):
    """A plan that was read: the nodes, the rules, and how long a wave takes."""

    nodes: list[PlanNode]
    rules: PlanRules
    minutes: float


def read_plan(path: Path, record: Record, snapshot: Snapshot, resolve: Resolve) -> PlanRead:
    """Return the plan of a file; raises FileProblem naming the key at fault."""
    values, _ = read_values(path)
    try:
        form = PlanForm.model_validate(_plain(dict(values)))
    except ValidationError as error:
        first: Any = error.errors()[0]
        key = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise FileProblem(f"{key}: {first['msg'].removeprefix('Value error, ')}", file=str(path)) from None
    if bool(form.items) == bool(form.changes):
        raise FileProblem("name either items or changes", file=str(path))
    try:
        return _read(form, record, snapshot, resolve)
    except CmdbError as error:
        raise FileProblem(str(error), file=str(path)) from None


def _plain(value: Any) -> Any:
    """Return names as they were written: 0123 is a name here, not a number."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [
            str(getattr(each, "raw", each)) if not isinstance(each, dict | list) else _plain(each) for each in value
        ]
    return value


def _read(form: PlanForm, record: Record, snapshot: Snapshot, resolve: Resolve) -> PlanRead:
    ids = {name: resolve(name) for name in form.items}
    if form.changes:
        numbers = {name: record.changes.get(name) for name in form.changes}
        ids = {name: standing.number for name, standing in numbers.items()}
        named = {standing.number: standing for standing in numbers.values()}
        parts = {number: [step.item for step in standing.request.steps] for number, standing in named.items()}
        titles = {number: standing.request.title for number, standing in named.items()}
    else:
        parts = {id_: [id_] for id_ in ids.values()}
        titles = {id_: snapshot.name_at(snapshot.row_of(id_)) for id_ in ids.values()}

    def known(name: str) -> str:
        found = ids.get(name) or (record.changes.get(name).number if form.changes else resolve(name))
        if found not in parts:
            raise UsageError(f"{name} is not among what is planned")
        return found

    zone = {known(name): each for each, names in form.zones.items() for name in names}
    if form.zones and (missing := [titles[id_] for id_ in parts if id_ not in zone]):
        raise UsageError(f"zones: {', '.join(missing[:3])} is in no zone; put everything into one")
    teams: dict[str, list[str]] = {}
    for team, part in form.teams.items():
        for name in part.items:
            teams.setdefault(known(name), []).append(team)
    nodes = [
        PlanNode(
            id_,
            titles[id_],
            tuple(sorted({row for item in items if (row := snapshot.row_of(item)) >= 0})),
            zone.get(id_, ""),
            tuple(teams.get(id_, ())),
        )
        for id_, items in parts.items()
    ]
    rules = PlanRules(
        title=form.title,
        reserve=form.reserve,
        at_most=form.at_most,
        order=tuple((known(one), known(other)) for one, other in form.order),
        one_zone=bool(form.zones),
        teams=tuple((team, part.at_once) for team, part in form.teams.items()),
        seconds=form.seconds,
    )
    return PlanRead(nodes, rules, form.minutes)
