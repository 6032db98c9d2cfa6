"""The part of a component that no closed form answers: what is left when everything separable has been taken out.

Takes the groups of one component, gives a Core. Independent inner parts (modules, by Dutuit and Rauzy's linear-time
algorithm, 1996) and events that always stand together become one variable each, so that a core is as small as its
shared events make it. Knows no probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

from impact.availability.normal_form import NormalForms

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


def core_of(forms: NormalForms, groups: tuple[int, ...]) -> Core:
    """Return the core of the groups (atoms) of one component."""
    modules = _modules(forms, groups)
    set_place: dict[int, int] = {}
    group_place: dict[int, int] = {}
    listed: list[int] = []
    uses: dict[int, list[int]] = {}
    ordered: list[int] = []
    stack: list[tuple[int, bool]] = [(group, False) for group in groups]
    while stack:
        group, done = stack.pop()
        if group in group_place:
            continue
        members = forms.members[group - forms.events]
        if done:
            for each in members:
                if each not in set_place:
                    place = set_place[each] = len(listed)
                    listed.append(each)
                    for event in forms.set_events[each]:
                        uses.setdefault(event, []).append(place)
                    for inner in forms.set_groups[each]:
                        if inner in modules:
                            uses.setdefault(inner, []).append(place)
            group_place[group] = len(ordered)
            ordered.append(group)
            continue
        stack.append((group, True))
        for each in members:
            if each not in set_place:
                stack += [(g, False) for g in forms.set_groups[each] if g not in modules and g not in group_place]
    together: dict[tuple[int, ...], tuple[list[int], list[int]]] = {}
    for atom, places in uses.items():
        together.setdefault(tuple(places), ([], []))[atom >= forms.events].append(atom)
    inside: list[list[int]] = [[] for _ in listed]
    for number, where in enumerate(together):
        for place in where:
            inside[place].append(number)
    return Core(
        variables=tuple((tuple(sorted(events)), tuple(sorted(inner))) for events, inner in together.values()),
        sets=tuple(
            (
                tuple(inside[place]),
                tuple(group_place[g] for g in sorted(forms.set_groups[each]) if g not in modules),
            )
            for place, each in enumerate(listed)
        ),
        groups=tuple(
            (forms.need[group - forms.events], tuple(set_place[each] for each in forms.members[group - forms.events]))
            for group in ordered
        ),
        top=tuple(group_place[group] for group in groups),
    )


def _modules(forms: NormalForms, top: tuple[int, ...]) -> set[int]:
    """Return the groups, other than those of `top`, whose inside is touched from nowhere else.

    A node is a module when every visit of its descendants falls between its own first and last date of one
    depth-first walk. Sets are given negative numbers to keep them apart from atoms.
    """
    first: dict[int, int] = {}
    left: dict[int, int] = {}
    last: dict[int, int] = {}
    order: list[int] = []
    date = 0
    stack: list[int | None] = []
    path: list[int] = []
    for root in top:
        stack.append(root)
        while stack:
            node = stack.pop()
            date += 1
            if node is None:
                done = path.pop()
                left[done] = last[done] = date
                order.append(done)
                continue
            last[node] = date
            if node in first:
                continue
            first[node] = date
            if 0 <= node < forms.events:
                left[node] = date
                order.append(node)
                continue
            path.append(node)
            stack.append(None)
            stack += _below(forms, node)
    low: dict[int, int] = {}
    high: dict[int, int] = {}
    found: set[int] = set()
    roots = set(top)
    for node in order:
        below = [] if 0 <= node < forms.events else _below(forms, node)
        low[node] = min([first[node], *(low[each] for each in below)])
        high[node] = max([last[node], *(high[each] for each in below)])
        if node >= forms.events and node not in roots:
            inner_low = min(low[each] for each in below)
            inner_high = max(high[each] for each in below)
            if inner_low >= first[node] and inner_high <= left[node]:
                found.add(node)
    return found


def _below(forms: NormalForms, node: int) -> list[int]:
    if node < 0:
        each = -node
        return [*forms.set_events[each], *forms.set_groups[each]]
    return [-each for each in forms.members[node - forms.events]]
