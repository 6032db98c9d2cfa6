"""Networks, for people and spreadsheets: parts and single points, and how two items reach each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from frontends.cli.tables import Column, Screen, count_of
from frontends.cli.text import sentence
from frontends.cli.writing import write_csv

if TYPE_CHECKING:
    from impact.network.finding import LinkRow, NetworkFinding, Probability, Route, RoutesFinding

__all__ = ["draw_network", "draw_routes", "list_routes", "list_single_points"]

_LISTED: Final = 30


def draw_network(finding: NetworkFinding) -> None:
    """Print the whole network: a sentence, its parts, its single points."""
    screen = Screen()
    screen.say(sentence(finding.headline), "bold")
    if finding.parts:
        screen.heading("Parts: devices that reach each other")
        told = any(part.all_terminal for part in finding.parts)
        columns = [
            Column("with"),
            Column("devices", right=True),
            Column("hanging on them", right=True),
            Column("links", right=True),
        ]
        screen.table(
            columns + ([Column("all up and joined", fixed=True)] if told else []),
            (
                [
                    *(part.example.name, part.devices, part.ends, part.links),
                    *([_chance(part.all_terminal)] if told else []),
                ]
                for part in finding.parts[:_LISTED]
            ),
        )
        screen.more(min(len(finding.parts), _LISTED), len(finding.parts), "all are in -o json")
    if finding.single_devices:
        screen.heading("Single devices: without one of them some do not reach each other")
        screen.table(
            [Column("device"), Column("class")],
            ([each.name, each.class_name] for each in finding.single_devices[:_LISTED]),
        )
        screen.more(min(len(finding.single_devices), _LISTED), len(finding.single_devices), "all are in -o json")
    if finding.single_links:
        screen.heading("Single links: without one of them some do not reach each other")
        screen.table(
            [Column("from"), Column("to"), Column("type"), Column("key")], map(_link, finding.single_links[:_LISTED])
        )
        screen.more(min(len(finding.single_links), _LISTED), len(finding.single_links), "all are in -o json")
    _mind(screen, finding.warnings)


def draw_routes(finding: RoutesFinding) -> None:
    """Print how two items reach each other."""
    screen = Screen()
    screen.say(sentence(finding.headline, finding.start_name), "bold")
    for route in finding.routes:
        screen.heading(f"{route.start.name} to {route.end.name}")
        if not route.connected:
            screen.say("no path is recorded")
            continue
        screen.pairs(
            [
                ("shortest path", _path(route)),
                ("paths that share no device", route.paths),
                ("paths that share no link", route.link_paths),
                ("on every path", ", ".join(each.name for each in route.single_devices) or "no device"),
                (
                    "links on every path",
                    "; ".join(" - ".join(_link(each)[:2]) for each in route.single_links) or "none",
                ),
                ("both ends and a path up", _chance(route.availability)),
            ]
        )
    _mind(screen, finding.warnings)


def list_single_points(finding: NetworkFinding) -> None:
    """Write single devices and links as CSV."""
    rows: list[Sequence[object]] = [
        ("device", each.id, each.name, each.class_name, None, None, None) for each in finding.single_devices
    ]
    rows += [("link", e.start.id, e.start.name, e.type, e.end.id, e.end.name, e.key) for e in finding.single_links]
    write_csv(("kind", "id", "name", "class_or_type", "to_id", "to_name", "key"), rows)


def list_routes(finding: RoutesFinding) -> None:
    """Write the routes as CSV, one a line."""
    keys = ("start", "end", "connected", "paths", "link_paths", "single_devices", "low", "high", "method", "path")
    write_csv(
        keys,
        (
            [
                *(each.start.name, each.end.name, each.connected, each.paths, each.link_paths),
                [device.name for device in each.single_devices],
                *(
                    (None, None, None)
                    if each.availability is None
                    else (each.availability.low, each.availability.high, each.availability.method)
                ),
                [device.name for device in each.path],
            ]
            for each in finding.routes
        ),
    )


def _link(link: LinkRow) -> list[str]:
    return [link.start.name, link.end.name, link.type, link.key]


def _path(route: Route) -> str:
    names = [each.name for each in route.path]
    shown = names if len(names) <= 8 else [*names[:4], f"({count_of(len(names) - 7, 'more device')})", *names[-3:]]
    return " - ".join(shown)


def _chance(chance: Probability | None) -> str:
    if chance is None:
        return "not asked"
    if chance.method == "exact":
        return f"{chance.low:.6%} (exact)"
    return f"{chance.low:.6%} to {chance.high:.6%} (certified interval)"


def _mind(screen: Screen, warnings: Sequence[str]) -> None:
    if warnings:
        screen.heading("Mind")
        for warning in warnings:
            screen.say(f"- {warning}")
