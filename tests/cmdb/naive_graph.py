"""The impact graph written down straight from the design, with loops over dicts: the judge of the compiled one."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from estate_strategies import Held

from cmdb.catalogue import Catalogue
from cmdb.model import decode_edges, decode_item, show_item, show_pool, show_relationship

OUT = {"planned", "in_build", "retired", "disposed"}


def required(need: int | str, members: int) -> int:
    """Return ceil(n * p / 100) exactly, or the count."""
    if isinstance(need, int):
        return need
    percent = Decimal(need.rstrip("%"))
    exact = percent * members / 100
    whole = int(exact)
    return whole + (exact != whole)


def carrying(load: float | None, capacities: list[float | None]) -> tuple[int, bool]:
    """Return how many members carry a load, whichever they are, and whether that is assumed for want of data."""
    if load is None:
        return len(capacities), True
    smallest = sorted(each or 0 for each in capacities)
    counts = [count for count in range(1, len(smallest) + 1) if sum(smallest[:count]) >= load]
    enough = counts[0] if counts else len(smallest) + 1
    # Who does not say what he carries cannot prove that there are too few.
    return (min(enough, len(smallest)), True) if None in capacities else (enough, False)


def naive_graph(held: Held, catalogue: Catalogue) -> dict[str, Any]:
    """Return edges, memberships, pools, unmet requirements and each relationship's impact, by record ids."""
    shown = {id_: show_item(decode_item(document)) for id_, document in held["item"].items()}
    up = {id_ for id_, item in shown.items() if item.status not in OUT}
    edges: set[tuple[str, str, bool]] = set()
    members: dict[tuple[str, str], dict[str, float]] = {}
    hard_pools: set[tuple[str, str]] = set()
    unmet: set[tuple[str, str, str]] = set()
    impacts: dict[str, str] = {}
    assumed_need: dict[tuple[str, str], Any] = {}
    for key, document in sorted(held["relationship"].items()):
        said = show_relationship(decode_edges(document))
        if said is None:
            continue
        start, type_, end, _ = key.split(" ", 3)
        rule = catalogue.rule_for(type_, shown[start].class_, shown[end].class_)
        if rule is None:
            known = catalogue.types.get(type_)
            impacts[key] = "undirected" if known is not None and known.undirected else "no_rule"
            continue
        if rule.impact == "none":
            impacts[key] = "none"
            continue
        consumer, provider = (start, end) if rule.consumer == "from" else (end, start)
        impacts[key] = rule.impact if consumer in up and provider in up else "out_of_service"
        if consumer not in up:
            continue
        names = said.get("pools") or ([rule.pool.name] if rule.pool is not None else [])
        for name in names:
            pool = members.setdefault((consumer, name), {})
            if not said.get("pools"):
                assumed_need[consumer, name] = rule.pool
            if provider in up:
                pool[provider] = max(pool.get(provider, 0.0), said.get("lasts_minutes", math.inf))
                if rule.impact == "hard":
                    hard_pools.add((consumer, name))
        if not names or said.get("required"):
            if provider in up:
                edges.add((provider, consumer, rule.impact == "hard"))
            elif rule.impact == "hard":
                unmet.add((consumer, provider, ""))
    pools = {}
    recorded = {}
    for key, document in held["pool"].items():
        consumer, _, name = key.partition(" ")
        stated = show_pool(decode_edges(document))
        if stated is not None:
            recorded[consumer, name] = stated
            if consumer in up:
                members.setdefault((consumer, name), {})
    for (consumer, name), providers in members.items():
        n = len(providers)
        if not n:
            unmet.add((consumer, "", name))
            continue
        stated = recorded.get((consumer, name), {})
        need, rule_pool = stated.get("need"), assumed_need.get((consumer, name))
        unknown = False
        if need == "capacity":
            load = shown[consumer].values.get("load")
            asked, unknown = carrying(load, [shown[each].values.get("capacity") for each in providers])
        elif need is not None:
            asked = max(required(need, n), 1)
        else:
            asked = rule_pool.need_for(n) if rule_pool is not None else max(n - 1, 1)
        full = stated.get("full")
        pools[consumer, name] = {
            "members": providers,
            "need": min(asked, n),
            "stated": asked,
            "full": 0 if full is None else required(full, n),
            "hard": (consumer, name) in hard_pools,
            "assumed": bool(stated.get("assumed")) or need is None or unknown,
            "recorded": (consumer, name) in recorded,
            "beta": stated.get("beta"),
        }
    return {"edges": edges, "pools": pools, "unmet": unmet, "impacts": impacts}
