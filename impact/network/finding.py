"""What the network is, and how two items reach each other over it: the answers of `cmdb network`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from impact.finding import Finding, Row

__all__ = ["Device", "LinkRow", "NetworkFinding", "Part", "Probability", "Route", "RoutesFinding"]


class Device(Row):
    """A device of the network."""

    id: str
    name: str
    class_name: str = Field(alias="class")


class LinkRow(Row):
    """A link between two devices."""

    start: Device
    end: Device
    type: str
    key: str


class Probability(Row):
    """How likely it is, at any time, that devices hang together by their own failures alone."""

    low: float
    high: float
    method: Literal["exact", "interval"]
    defaults_used: int = Field(description="Devices counted with the figures of their class.")
    no_data: int = Field(description="Devices of which nothing is known, counted as if they never failed.")


class Part(Row):
    """Devices that reach each other when everything is up."""

    devices: int = Field(description="Devices that traffic runs through.")
    ends: int = Field(description="Devices that only hang on them.")
    links: int
    example: Device
    all_terminal: Probability | None = Field(description="All devices that traffic runs through are up and joined.")


class NetworkFinding(Finding):
    """The network as a whole."""

    revision: int
    revision_at: str
    headline: str
    devices: int
    links: int
    parts: list[Part] = Field(description="The largest first.")
    single_devices: list[Device] = Field(description="Each alone parts two others (articulation points).")
    single_links: list[LinkRow] = Field(description="Each alone parts two devices (bridges).")
    warnings: list[str]


class Route(Row):
    """How one device reaches another."""

    start: Device
    end: Device
    connected: bool
    paths: int = Field(description="Paths that share no device; a direct link is one.")
    link_paths: int = Field(description="Paths that share no link; parallel links count each.")
    path: list[Device] = Field(description="A shortest path, both ends included; empty without any.")
    single_devices: list[Device] = Field(description="On every path.")
    single_links: list[LinkRow] = Field(description="On every path.")
    availability: Probability | None = Field(description="Both ends and a path are up; null without any path.")


class RoutesFinding(Finding):
    """How one item reaches another over the network."""

    revision: int
    revision_at: str
    headline: str
    start: str = Field(description="Id of the first item.")
    start_name: str
    end: str
    end_name: str
    connected: bool = Field(description="Every device of the first reaches every device of the second.")
    routes: list[Route] = Field(description="One for each device of the first and each of the second.")
    warnings: list[str]
