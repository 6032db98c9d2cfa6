"""The catalogue as plain rows, for the command line and the reference to show."""

from __future__ import annotations

from cmdb.catalogue.catalogue import Catalogue, ItemClass, RelationshipType, Rule

__all__ = ["describe", "rule_text"]


def describe(catalogue: Catalogue) -> dict[str, list[dict[str, object]]]:
    """Return rows under "classes" (in the order of the tree, each below its parent) and "types" (by name).

    A class row holds name, parent, depth, service, tier, mtbf_hours, mttr_hours, source, stale_after_days, network,
    aliases (how many) and description; a type row name, inverse, undirected, network, rules (a text for each), aliases,
    description.
    """
    children: dict[str | None, list[ItemClass]] = {}
    for item_class in catalogue.classes.values():
        children.setdefault(item_class.parent, []).append(item_class)
    rows: list[dict[str, object]] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        item_class = waiting.pop()
        rows.append(_class_row(item_class))
        waiting.extend(children.get(item_class.name, [])[::-1])
    return {"classes": rows, "types": [_type_row(kind) for kind in catalogue.types.values()]}


def rule_text(rule: Rule) -> str:
    """Return one line that says who needs whom and how hard.

    >>> from cmdb.catalogue import load_catalogue
    >>> rule_text(load_catalogue().rule_for("member_of", "Hypervisor", "Cluster"))
    'ConfigurationItem to Cluster: the second goes down with the first (pool hosts, n-1 of them)'
    """
    consumer, provider = ("first", "second") if rule.consumer == "from" else ("second", "first")
    effect = {
        "hard": f"the {consumer} goes down with the {provider}",
        "soft": f"the {consumer} is degraded without the {provider}",
        "none": "no impact",
    }[rule.impact]
    need = "" if rule.pool is None else f" (pool {rule.pool.name}, {rule.pool.need} of them)"
    return f"{rule.from_class} to {rule.to_class}: {effect}{need}"


def _class_row(item_class: ItemClass) -> dict[str, object]:
    return {
        "name": item_class.name,
        "parent": item_class.parent,
        "depth": len(item_class.ancestors),
        "service": item_class.service,
        "tier": item_class.tier,
        "mtbf_hours": item_class.mtbf_hours,
        "mttr_hours": item_class.mttr_hours,
        "source": item_class.source,
        "stale_after_days": item_class.stale_after_days,
        "network": item_class.network,
        "aliases": sum(map(len, item_class.aliases.values())),
        "description": item_class.description,
    }


def _type_row(kind: RelationshipType) -> dict[str, object]:
    aliases = (*kind.aliases.values(), *kind.reversed_aliases.values())
    return {
        "name": kind.name,
        "inverse": kind.inverse,
        "undirected": kind.undirected,
        "network": kind.network,
        "rules": [rule_text(rule) for rule in kind.rules],
        "aliases": sum(map(len, aliases)),
        "description": kind.description,
    }
