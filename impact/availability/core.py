"""The part of a component that no closed form answers: what is left when everything separable has been taken out.

Takes the groups of one component, gives a Core. Independent inner parts (modules, by Dutuit and Rauzy's linear-time
algorithm, 1996) and events that always stand together become one variable each, so that a core is as small as its
shared events make it. Knows no probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.availability.or_sets import Atoms, OrSets

__all__ = ["Core", "core_of"]


@dataclass(frozen=True, slots=True)
class Core:
    """A monotone function of independent variables: true when any of the groups of `top` is.

    Sets and groups are listed inner ones first. A variable is true when any of its events or module groups is.
    """

    variables: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    """By variable: its events, and its module groups (as atoms)."""
    sets: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    """By set: its variables, and its groups (as places in `groups`)."""
    groups: tuple[tuple[int, tuple[int, ...]], ...]
    """By group: how many of its sets must be true, and which (as places in `sets`)."""
    top: tuple[int, ...]


def core_of(forms: OrSets, groups: tuple[int, ...], given: Atoms = frozenset()) -> Core:
    """Return the core of the groups (atoms) of one component; events `given` are known, so they tie nothing."""
    walk = _Walk(forms, groups)
    walk.shared -= given
    modules = walk.modules()
    sets, ordered = _outside(forms, groups, modules)
    set_place = {each: place for place, each in enumerate(sets)}
    group_place = {group: place for place, group in enumerate(ordered)}
    uses: dict[int, list[int]] = {}
    variables: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    inside: list[list[int]] = [[] for _ in sets]
    alone: list[tuple[Atoms, list[int]]] = []
    for place, each in enumerate(sets):
        events = forms.set_events[each]
        for event in events & walk.shared:
            uses.setdefault(event, []).append(place)
        inner = [group for group in forms.set_groups[each] if group in modules]
        alone.append((events - walk.shared, [group for group in inner if group not in walk.shared]))
        for group in inner:
            if group in walk.shared:
                uses.setdefault(group, []).append(place)
    together: dict[tuple[int, ...], tuple[list[int], list[int]]] = {}
    for atom, places in uses.items():
        together.setdefault(tuple(places), ([], []))[atom >= forms.events].append(atom)
    for place, (private, inner) in enumerate(alone):
        known = together.setdefault((place,), ([], [])) if private or inner else None
        if known is not None:
            known[0].extend(private)
            known[1].extend(inner)
    for where, (own, below) in sorted(together.items()):
        for place in where:
            inside[place].append(len(variables))
        variables.append((tuple(sorted(own)), tuple(sorted(below))))
    return Core(
        variables=tuple(variables),
        sets=tuple(
            (tuple(inside[place]), tuple(group_place[g] for g in sorted(forms.set_groups[each]) if g not in modules))
            for place, each in enumerate(sets)
        ),
        groups=tuple(
            (forms.need[group - forms.events], tuple(set_place[each] for each in forms.members[group - forms.events]))
            for group in ordered
        ),
        top=tuple(group_place[group] for group in groups),
    )


def _outside(forms: OrSets, top: tuple[int, ...], modules: set[int]) -> tuple[list[int], list[int]]:
    """Return the sets and the groups that are reached without entering a module, inner ones first."""
    sets: dict[int, None] = {}
    groups: dict[int, None] = {}
    stack = [(group, False) for group in reversed(top)]
    while stack:
        group, done = stack.pop()
        if group in groups:
            continue
        members = forms.members[group - forms.events]
        if done:
            groups[group] = None
            for each in members:
                sets.setdefault(each)
            continue
        stack.append((group, True))
        for each in members:
            if each not in sets:
                stack += [(g, False) for g in sorted(forms.set_groups[each]) if g not in modules and g not in groups]
    return list(sets), list(groups)


class _Walk:
    """One depth-first walk through the sets and groups below `top`, which dates every visit.

    Sets go by negative numbers here, to keep them apart from groups. Of the events only those found in several sets
    are dated: the others cannot be touched from elsewhere.
    """

    def __init__(self, forms: OrSets, top: tuple[int, ...]) -> None:
        self.forms = forms
        self.top = top
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}
        self.left: dict[int, int] = {}
        self.order: list[int] = []
        """Sets and groups, inner ones first."""
        self.met: list[int] = []
        """Sets in the order of their first dates."""
        self.shared: set[int] = set()
        """Atoms that stand in more than one set."""
        self._go()

    def _go(self) -> None:
        forms = self.forms
        first, last, left, order = self.first, self.last, self.left, self.order
        seen: set[int] = set()
        shared = self.shared
        date = 0
        for root in self.top:
            stack: list[tuple[int, bool]] = [(root, False)]
            while stack:
                node, done = stack.pop()
                date += 1
                last[node] = date
                if done:
                    left[node] = date
                    order.append(node)
                elif node not in first:
                    first[node] = date
                    stack.append((node, True))
                    if node < 0:
                        self.met.append(node)
                        events, groups = forms.set_events[-node], forms.set_groups[-node]
                        shared |= events & seen
                        shared |= groups & seen
                        seen |= events
                        seen |= groups
                        stack += [(group, False) for group in groups]
                    else:
                        stack += [(-each, False) for each in forms.members[node - forms.events]]

    def modules(self) -> set[int]:
        """Return the groups, other than those of `top`, whose inside is touched from nowhere else.

        A group is a module when every visit of what is below it falls between its own first date and its leaving.
        """
        forms, first, last = self.forms, self.first, self.last
        dated: dict[int, Atoms] = {node: forms.set_events[-node] & self.shared for node in self.met}
        dated_first: dict[int, int] = {}
        dated_last: dict[int, int] = {}
        for node in self.met:
            dated_last.update(dict.fromkeys(dated[node], first[node]))
        for node in reversed(self.met):
            dated_first.update(dict.fromkeys(dated[node], first[node]))
        low: dict[int, int] = {}
        high: dict[int, int] = {}
        found: set[int] = set()
        roots = set(self.top)
        for node in self.order:
            if node < 0:
                atoms, groups = dated[node], forms.set_groups[-node]
                if not atoms and not groups:
                    low[node], high[node] = first[node], last[node]
                    continue
                low[node] = min((first[node], *map(dated_first.__getitem__, atoms), *map(low.__getitem__, groups)))
                high[node] = max((last[node], *map(dated_last.__getitem__, atoms), *map(high.__getitem__, groups)))
                continue
            members = forms.members[node - forms.events]
            inner_low = min([low[-each] for each in members])
            inner_high = max([high[-each] for each in members])
            if node not in roots and inner_low > first[node] and inner_high < self.left[node]:
                found.add(node)
            low[node] = min(first[node], inner_low)
            high[node] = max(last[node], inner_high)
        return found
