"""How the probability of each row is put together, for any probabilities of the events: parts in dependency order.

Takes normal forms, gives numbered parts: "any of", "at least k of" (both of independent inputs), a decision diagram, or
an open core that was too large for one. A part depends only on parts with lower numbers. Each is made once, whichever
rows it serves, and outlives a change of the numbers.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from pyroaring import BitMap

from impact.availability.core import Core, core_of
from impact.availability.depth import without_collector
from impact.availability.diagram import Diagram, diagram_of
from impact.availability.direct import Direct, direct_of
from impact.availability.given import Given
from impact.availability.interval import OpenCore, open_core
from impact.availability.normal_form import ENDLESS, NormalForms
from impact.availability.or_sets import CERTAIN
from impact.availability.purse import Purse

__all__ = ["AtLeast", "Part", "Plan"]

_MANY: Final = 60
"""Events of a component from which on some are taken as given; from 10 to 100 the time hardly depends on it."""
_TIES: Final = 3
"""Innermost groups of a component in which an event stands before it is worth being taken as given."""


_ALIKE: Final = 60
"""Variables of a core up to which its shape is remembered: of 1,137 larger ones of an estate, 11 were met again."""
_FOR_A_DIAGRAM: Final = 1 / 3
"""Share of what time is left that one core may take for its diagram."""
_FOR_AN_INTERVAL: Final = 1 / 4


Shape: TypeAlias = tuple[object, object, object]
"""Sets, groups and top of a core: all of its function but which events its variables are."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `need` of the inputs."""

    need: int


@dataclass(frozen=True, slots=True)
class Part:
    """One step: any of `events` and `inputs` (parts), or what `rule` says of the inputs alone.

    For a `Given` and a `Direct` there are no inputs, and `events` are all those inside.
    """

    events: tuple[int, ...]
    inputs: tuple[int, ...]
    rule: AtLeast | Diagram | Direct | Given | OpenCore | None = None


class Plan:
    """Parts made so far, and which part gives which OR-set."""

    def __init__(
        self,
        forms: NormalForms,
        *,
        nodes: int,
        purse: Purse,
        conditioned: int = 0,
        given: frozenset[int] = frozenset(),
        diagrams: dict[Shape | None, Diagram] | None = None,
    ) -> None:
        self.forms = forms
        self._diagrams: dict[Shape | None, Diagram] = {} if diagrams is None else diagrams
        """Diagrams made so far: services that are built alike have cores of one shape."""
        self.conditioned = conditioned
        """Events of a component that may be taken as given; 0: none."""
        self.given = given
        """Events whose state is known, so that what shares only these is independent."""
        self._given = BitMap(given)
        self.nodes = nodes
        self.purse = purse
        """The time there is for hard components, which every plan of one question pays from."""
        self.parts: list[Part] = []
        self.variables: list[int] = []
        """By part: independent variables of the largest diagram or open core it rests on."""
        self.open: set[int] = set()
        """Parts that rest on an open core, at any depth, or have no normal form."""
        self.certain = self._new(Part((), (), AtLeast(0)))
        self._any: dict[int, int] = {CERTAIN: self.certain}
        self._component: dict[tuple[int, ...], int] = {}
        self._inside: dict[frozenset[int], Plan] = {}
        self._of_event: dict[int, list[int]] = {}
        self._above: dict[int, list[int]] = {}
        self._indexed = 0
        self._direct: dict[int, int] = {}
        self._joined: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}

    def prepare(self, rows: Iterable[int]) -> None:
        """Make the normal forms of rows in one go, which is cheaper than one by one."""
        self.forms.prepare(rows)

    def row(self, row: int) -> int:
        """Return the part of a row."""
        form = self.forms.of(row)
        if form == ENDLESS:
            return self._directly(row)
        found = self._any.get(form)
        if found is None:
            with without_collector():
                found = self.any(form)
        return found

    def _directly(self, row: int) -> int:
        """Return the part of a row that has no normal form."""
        found = self._direct.get(row)
        if found is None:
            rule = direct_of(self.forms.structure, self.forms.common, row)
            found = self._direct[row] = self._new(Part(rule.events, (), rule))
        return found

    def any(self, each: int) -> int:
        """Return the part of an OR-set."""
        found = self._any.get(each)
        if found is None:
            groups = self.forms.set_groups[each]
            inputs = tuple([self.component(parts) for parts in self._separate(groups)]) if groups else ()
            found = self._any[each] = self._join(tuple(sorted(self.forms.set_events[each])), inputs)
        return found

    def component(self, groups: tuple[int, ...]) -> int:
        """Return the part of groups (atoms) that cannot be separated from each other."""
        found = self._component.get(groups)
        if found is None:
            found = self._component[groups] = self._solve(groups)
        return found

    def below(self, part: int, known: Container[int] = ()) -> list[int]:
        """Return a part and every part it rests on, inputs first; what is `known` is left out, and what is below it."""
        found = {part}
        stack = [part]
        while stack:
            for each in self.parts[stack.pop()].inputs:
                if each not in found and each not in known:
                    found.add(each)
                    stack.append(each)
        return sorted(found)

    def resting_on(self, events: Iterable[int]) -> set[int]:
        """Return every part made so far that rests on any of these events."""
        for number in range(self._indexed, len(self.parts)):
            part = self.parts[number]
            for event in part.events:
                self._of_event.setdefault(event, []).append(number)
            for each in part.inputs:
                self._above.setdefault(each, []).append(number)
        self._indexed = len(self.parts)
        found: set[int] = set()
        stack = [number for event in events for number in self._of_event.get(event, ())]
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack += self._above.get(number, ())
        return found

    def _new(self, part: Part) -> int:
        number = len(self.parts)
        self.parts.append(part)
        largest = max([self.variables[each] for each in part.inputs], default=0)
        if isinstance(part.rule, Diagram | OpenCore):
            largest = max(largest, len(part.inputs))
        if isinstance(part.rule, Direct):
            largest = len(part.events)
        self.variables.append(largest)
        if isinstance(part.rule, Direct | OpenCore) or not self.open.isdisjoint(part.inputs):
            self.open.add(number)
        return number

    def _join(self, events: tuple[int, ...], inputs: tuple[int, ...]) -> int:
        """Return the part "any of these independent events and parts"."""
        if not events and len(inputs) == 1:
            return inputs[0]
        inputs = tuple(sorted(inputs))
        found = self._joined.get((events, inputs))
        if found is None:
            found = self._joined[events, inputs] = self._new(Part(events, inputs))
        return found

    def _separate(self, groups: frozenset[int]) -> list[tuple[int, ...]]:
        """Return groups in bundles that share no atom."""
        if len(groups) == 1:
            return [tuple(groups)]
        bundles: list[tuple[BitMap, list[int]]] = []
        for group in sorted(groups):
            support = self.forms.support[group - self.forms.events]
            if self.given:
                support = support - self._given
            inside = [group]
            apart = []
            joined = None
            for bundle in bundles:
                if bundle[0].intersect(support):
                    joined = bundle[0] if joined is None else joined | bundle[0]
                    inside += bundle[1]
                else:
                    apart.append(bundle)
            apart.append((support | BitMap([group]) if joined is None else joined | support | BitMap([group]), inside))
            bundles = apart
        return sorted(tuple(sorted(inside)) for _, inside in bundles)

    def _solve(self, groups: tuple[int, ...]) -> int:
        if len(groups) == 1:
            number = groups[0] - self.forms.events
            members = self.forms.members[number]
            if self._independent(members):
                inputs = tuple([self.any(each) for each in members])
                return self._new(Part((), inputs, AtLeast(self.forms.need[number])))
        under = self._under_each_state(groups)
        if under is not None:
            return under
        core = core_of(self.forms, groups, self.given)
        rule = self._rule(core)
        inputs = tuple(
            [
                self._join(events, tuple([self.component((group,)) for group in modules]))
                for events, modules in core.variables
            ]
        )
        return self._new(Part((), inputs, rule))

    def _rule(self, core: Core) -> Diagram | OpenCore:
        """Return the diagram of a core, or what bounds it where the purse is too small for one."""
        shape = (core.sets, core.groups, core.top) if len(core.variables) <= _ALIKE else None
        if shape in self._diagrams:
            return self._diagrams[shape]
        began = time.monotonic()
        with self.purse.spending():
            found = diagram_of(core, nodes=self.nodes, seconds=self.purse.share(_FOR_A_DIAGRAM))
            if found is None:
                return open_core(core, nodes=self.nodes, seconds=self.purse.share(_FOR_AN_INTERVAL))
        self.purse.refund_easy(time.monotonic() - began)
        if shape is not None:
            self._diagrams[shape] = found
        return found

    def _under_each_state(self, groups: tuple[int, ...]) -> int | None:
        """Return the part of a component by the states of the events that tie it together; None where it has none."""
        if self.given or not self.conditioned:
            return None
        support = BitMap.union(*(self.forms.support[group - self.forms.events] for group in groups))
        events = support.range_cardinality(0, self.forms.events)
        if events < _MANY:
            return None
        ties = self._ties(groups).most_common(self.conditioned)
        given = frozenset([event for event, count in ties if count >= _TIES])
        if not given:
            return None
        inside = self._inside.get(given)
        if inside is None:
            inside = self._inside[given] = Plan(
                self.forms, nodes=self.nodes, purse=self.purse, given=given, diagrams=self._diagrams
            )
        parts = [inside.component(each) for each in inside._separate(frozenset(groups))]
        root = inside._join((), tuple(parts))
        if root in inside.open:
            return None
        number = self._new(Part(tuple(support[:events]), (), Given(inside, root)))
        self.variables[number] = inside.variables[root] + len(given)
        return number

    def _ties(self, groups: tuple[int, ...]) -> Counter[int]:
        """Return in how many innermost groups of a component each of its events stands."""
        forms = self.forms
        ties: Counter[int] = Counter()
        seen = set(groups)
        stack = list(groups)
        while stack:
            members = forms.members[stack.pop() - forms.events]
            below = frozenset().union(*[forms.set_groups[each] for each in members])
            if below:
                below -= seen
                seen |= below
                stack += below
            else:
                ties.update(frozenset().union(*[forms.set_events[each] for each in members]))
        return ties

    def _independent(self, members: tuple[int, ...]) -> bool:
        seen = BitMap()
        total = 0
        for each in members:
            atoms = BitMap(self.forms.set_events[each])
            for group in self.forms.set_groups[each]:
                atoms.add(group)
                atoms |= self.forms.support[group - self.forms.events]
            if self.given:
                atoms -= self._given
            seen |= atoms
            total += len(atoms)
            if len(seen) < total:
                return False
        return True
