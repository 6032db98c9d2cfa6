"""Uplinks: which device reaches the rest of the network through which, where the roles of both prove it.

In come links between interfaces, out go `uplinks_to` with a pool where a device has two or more different uplinks.
What every uplink passes (one panel, one duct, one line) is required by itself, however many uplinks there are. What
only some pass stands in an item of its own between device and uplink, so that its loss costs that uplink and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from importers.netbox.cables import Cabling
from importers.netbox.devices import Device
from importers.netbox.inventory import external_id
from importers.netbox.roles import is_above
from importers.netbox.statements import Statements, listed
from importers.netbox.tracing import Link

__all__ = ["Uplinks", "find_uplinks", "say_uplinks"]

Uplinks = dict[int, dict[int, list[Link]]]
"""For each device its uplinks by the device above, each link seen from below."""


def find_uplinks(links: list[Link], cabling: Cabling, devices: Mapping[int, Device]) -> tuple[Uplinks, list[Link]]:
    """Return the uplinks that roles prove, and the other links between two devices."""
    uplinks: Uplinks = {}
    others: list[Link] = []
    for link in links:
        near, far = (cabling.inventory.fields(*point).get("device") for point in (link.near, link.far))
        if not isinstance(near, int) or not isinstance(far, int) or near == far:
            continue
        if _for_management(link, cabling):
            others.append(link)
        elif _above(near, far, devices):
            uplinks.setdefault(near, {}).setdefault(far, []).append(link)
        elif _above(far, near, devices):
            uplinks.setdefault(far, {}).setdefault(near, []).append(link.turned())
        else:
            others.append(link)
    return uplinks, others


def say_uplinks(uplinks: Uplinks, cabling: Cabling, devices: Mapping[int, Device], said: Statements) -> None:
    """Say every device's uplinks; the members of a stack share theirs."""
    for low, (by_high, stacked) in _with_stacks(uplinks, devices).items():
        storage = {high for high in by_high if devices[high].class_name == "SANSwitch"}
        for pool, those in (("uplinks", by_high.keys() - storage), ("san_paths", storage)):
            if those:
                chosen = {high: by_high[high] for high in sorted(those)}
                _Teller(devices[low], pool, chosen, stacked, cabling, devices, said).tell()


def _above(low: int, high: int, devices: Mapping[int, Device]) -> bool:
    return low in devices and high in devices and is_above(devices[low].standing, devices[high].standing)


def _for_management(link: Link, cabling: Cabling) -> bool:
    return any(cabling.inventory.fields(*point).get("mgmt_only") is True for point in (link.near, link.far))


def _with_stacks(uplinks: Uplinks, devices: Mapping[int, Device]) -> dict[int, tuple[dict[int, list[Link]], bool]]:
    """Return each device's uplinks with those of its stack, and whether any came from there."""
    stacks: dict[int, list[int]] = {}
    for key, device in devices.items():
        if (chassis := device.row.ref("virtual_chassis")) is not None:
            stacks.setdefault(chassis, []).append(key)
    found = {low: ({high: list(links) for high, links in by.items()}, False) for low, by in uplinks.items()}
    for members in stacks.values():
        shared: dict[int, list[Link]] = {}
        for member in members:
            for high, links in uplinks.get(member, {}).items():
                shared.setdefault(high, []).extend(links)
        for member in members if shared else ():
            own = sum(map(len, uplinks.get(member, {}).values()))
            found[member] = (shared, own < sum(map(len, shared.values())))
    return found


class _Teller:
    """Says the uplinks of one device that stand in for each other."""

    def __init__(
        self,
        low: Device,
        pool: str,
        by_high: dict[int, list[Link]],
        stacked: bool,
        cabling: Cabling,
        devices: Mapping[int, Device],
        said: Statements,
    ) -> None:
        self.low, self.pool, self.by_high, self.stacked = low, pool, by_high, stacked
        self.cabling, self.devices, self.said = cabling, devices, said
        self.passed_by_all_to = {
            high: set.intersection(*(set(link.through) for link in links)) for high, links in by_high.items()
        }
        self.passed_by_all = set.intersection(*self.passed_by_all_to.values())

    def tell(self) -> None:
        """Say the uplinks, what they all pass, and the pool when there are two or more."""
        values: dict[str, Any] = {"pool": self.pool} if len(self.by_high) > 1 else {}
        for high, links in self.by_high.items():
            private = self.passed_by_all_to[high] - self.passed_by_all
            if values and private:
                self._by_way_of_an_item(high, links, private)
                continue
            own = [link for link in links if self._is_own(link)]
            for link in own or links:
                about: dict[str, Any] = (
                    self.cabling.describe(link.cables[0]) if len(link.cables) == 1 else self._way(link)
                )
                end = external_id("dcim.device", high)
                self.said.relationship(
                    link.cables[0].row, self.low.row.id, "uplinks_to", end, values | {"attributes": about}, link.key
                )
        any_row = next(iter(self.by_high.values()))[0].cables[0].row
        for passed in sorted(self.passed_by_all):
            why = {"attributes": {"why": f"every recorded way out of {self.low.name} passes it"}}
            self.said.relationship(any_row, self.low.row.id, "depends_on", passed, why)
        if values:
            self.said.pool(self.low.row, self.low.row.id, self.pool, evidence=self._evidence())

    def _by_way_of_an_item(self, high: int, links: list[Link], private: set[str]) -> None:
        """Say an uplink as an item, which needs the device above and what only this uplink passes."""
        row, above = links[0].cables[0].row, external_id("dcim.device", high)
        identity = f"uplink:{self.low.row.key}:{high}"
        name = f"{self.low.name} uplink to {self.devices[high].name}"
        self.said.item(row, "NetworkInterface", name, {"attributes": self._way(links[0])}, as_id=identity)
        self.said.relationship(row, self.low.row.id, "uplinks_to", identity, {"pool": self.pool})
        for needed in (above, *sorted(private)):
            self.said.relationship(row, identity, "depends_on", needed)

    def _way(self, link: Link) -> dict[str, Any]:
        ports = f"{self.cabling.port_name(link.near)} - {self.cabling.port_name(link.far)}"
        return {"ports": ports, "through": list(link.through), "cables": [each.key for each in link.cables]}

    def _evidence(self) -> str:
        ways = []
        for high, links in self.by_high.items():
            ways += [
                f"{self.cabling.port_name(link.near)}{self._lag(link)} to {self.devices[high].name}"
                + (f" through {listed(map(self._called, link.through))}" if link.through else "")
                + f" ({link.key})"
                for link in links
            ]
        text = f"roles and cables: {len(self.by_high)} different devices above: {listed(ways)}"
        return text + ("; some of them over the other members of its stack" if self.stacked else "")

    def _is_own(self, link: Link) -> bool:
        """Tell whether a link begins at this device, and not at another member of its stack."""
        return self.cabling.inventory.fields(*link.near).get("device") == self.low.row.key

    def _called(self, identity: str) -> str:
        model, _, key = identity.partition(":")
        return self.cabling.inventory.name(model, int(key)) or identity

    def _lag(self, link: Link) -> str:
        lag = self.cabling.inventory.fields(*link.near).get("lag")
        name = self.cabling.inventory.name("dcim.interface", lag) if isinstance(lag, int) else ""
        return f" in LAG {name}" if name else ""
