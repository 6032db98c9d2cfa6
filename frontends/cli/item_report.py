"""One item for a person, from the plain values of `item_view`: fields, relationships by role, pools, availability."""

from __future__ import annotations

from typing import Any, Final

from frontends.cli.answers import source_text, when
from frontends.cli.tables import Column, Screen, cell
from frontends.cli.text import value_text
from frontends.cli.writing import write_csv

__all__ = ["draw", "list_fields"]

_ROLES: Final = {
    "consumer": "Relies on",
    "provider": "Is relied on by",
    "other": "Other relationships, without impact",
}
_AVAILABILITY: Final = {
    "measured": "measured for this item",
    "entered": "entered for this item",
    "default": "the default of its class",
    "partly default": "entered in part, the rest is the default of its class",
    "unknown": "nothing is known, and its class has no default",
}
View = dict[str, Any]


def draw(view: View) -> None:
    """Print the item."""
    screen, item = Screen(), view["item"]
    kind = f"{item['class']}{', a service' if item['service'] else ''}"
    status = item["status"] + ("" if item["in_service"] else ", out of service")
    screen.say(f"{item['name']}  ({kind}; {status})", "bold")
    known = [f"{source}:{id_}" for source, ids in item["external_ids"].items() for id_ in ids if id_ != item["id"]]
    fields = [("id", item["id"]), ("known as", ", ".join(known)), *_fields(item["values"])]
    _pairs(screen, fields)
    for role, heading in _ROLES.items():
        _draw_links(screen, heading, [link for link in view["relationships"] if link["role"] == role])
    _draw_pools(screen, view["pools"])
    screen.heading("Availability inputs")
    available = view["availability"]
    source = f" ({available['source']})" if available["source"] else ""
    inputs = [(name, available[name]) for name in ("availability", "mtbf_hours", "mttr_hours")]
    _pairs(screen, [("basis", _AVAILABILITY[available["basis"]] + source), *(each for each in inputs if each[1])])
    if "sources" in view:
        _draw_sources(screen, view["sources"])
    screen.say()
    screen.say(f"Revision {view['revision']}.")


def list_fields(view: View) -> None:
    """Write the item's fields as CSV, one a line."""
    item = view["item"]
    known = [(f"external_ids.{source}", ids) for source, ids in item["external_ids"].items()]
    head = [(name, item[name]) for name in ("id", "class", "name", "status")]
    write_csv(("field", "value"), [*head, *known, *_fields(item["values"])])


def _fields(values: View) -> list[tuple[str, Any]]:
    own = [(name, value) for name, value in values.items() if name not in ("attributes", "usage")]
    if "usage" in values:
        own.append(("usage", f"a weekly profile, at most {value_text(max(values['usage']))} at once"))
    return [*own, *((f"attributes.{name}", value) for name, value in (values.get("attributes") or {}).items())]


def _pairs(screen: Screen, pairs: list[tuple[str, Any]]) -> None:
    screen.pairs([(name, cell(value)) for name, value in pairs])


def _draw_links(screen: Screen, heading: str, links: list[View]) -> None:
    if not links:
        return
    screen.heading(heading)
    screen.table(
        [Column("relationship", fixed=True), Column("item"), Column("class"), Column("status"), Column("meaning")],
        (
            [
                link["reads"] + (f" ({link['key']})" if link["key"] else ""),
                link["name"],
                link["class"],
                link["status"],
                link["means"],
            ]
            for link in links
        ),
    )


def _draw_pools(screen: Screen, pools: list[View]) -> None:
    if not pools:
        return
    screen.heading("Pools")
    screen.table([Column("pool"), Column("needs", fixed=True), Column("members"), Column("mind")], map(_pool, pools))


def _pool(pool: View) -> list[Any]:
    mind = []
    if pool["assumed"]:
        mind.append("need assumed: nobody stated it")
    if pool["stated"] > pool["n"]:
        mind.append(f"states {pool['stated']}, more than it has")
    if pool["full"]:
        mind.append(f"degraded below {pool['full']}")
    if not pool["hard"]:
        mind.append("below its need only degraded")
    if not pool["members"]:
        mind.append("nobody in service: unmet")
    confirmed = pool["said"].get("confirmed_members")
    if confirmed not in (None, pool["n"]):
        mind.append(f"confirmed for {confirmed} members")
    if not pool["recorded"]:
        mind.append("made by a rule of the catalogue")
    members = [
        member["name"]
        + (f" ({member['lasts_minutes']:g} minutes)" if member["lasts_minutes"] is not None else "")
        + (f" ({member['status']})" if member["status"] != "operational" else "")
        for member in pool["members"]
    ]
    return [pool["name"], f"{pool['need']} of {pool['n']}", ", ".join(members), "; ".join(mind)]


def _draw_sources(screen: Screen, sources: list[View]) -> None:
    screen.heading("What each source says")
    rows = []
    for source in sources:
        name = source_text(source["source"], source["scope"])
        if source["absent"]:
            rows.append([name, "", source["absent"], "", f"no longer there since {when(source['absent_since'])}"])
        seen = when(source["seen_at"]) if source["seen_at"] else "never, in an import that tells"
        rows += [
            [name, field, value, seen, "not shown: another source is believed" if field in source["not_shown"] else ""]
            for field, value in source["values"].items()
        ]
    screen.table([Column("source"), Column("field"), Column("value"), Column("last seen"), Column("")], rows)
