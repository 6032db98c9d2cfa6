"""Sites, rooms, power, network, storage and hosts: in comes the plan, out come rows, providers first."""

from __future__ import annotations

import random
from collections.abc import Iterator

from midsize_estate.plan import Plan, SitePlan
from midsize_estate.rows import Row, device, item, link, place, pool, serial_number

__all__ = ["cluster_id", "infrastructure_rows"]

_CARRIERS = ("Nordnett", "Kystfiber")


def infrastructure_rows(plan: Plan, draw: random.Random) -> Iterator[Row]:
    """Give the two carriers and every site."""
    for carrier in _CARRIERS:
        yield item(f"provider-{carrier.lower()}", "Provider", carrier, owner="Nettverk")
    for number, site in enumerate(plan.sites):
        yield from _building(number, draw)
        yield from _wan(number, draw)
        for rack in range(4 * site.rows_of_racks):
            yield from _rack(number, rack, draw)
        yield from _storage(number, site, draw)
        yield from _clusters(number, site, draw)


def cluster_id(site: int, cluster: int) -> str:
    """Return the id of a site's so-manieth cluster."""
    return f"s{site:02d}-c{cluster:03d}"


def _building(site: int, draw: random.Random) -> Iterator[Row]:
    """A site of two rooms with cooling, power from the grid or a generator through two UPS, and a core pair."""
    town, key = place(site), f"s{site:02d}"
    yield item(key, "Site", town, location=town)
    grid, generator = f"{key}-utility", f"{key}-generator"
    yield item(grid, "PowerSource", f"Nettstasjon {town}", location=town, mtbf_hours=4_380, mttr_hours=1.5)
    yield item(generator, "Generator", f"Dieselaggregat {town}", location=town)
    for side in "ab":
        ups, cooling, room, core = (f"{key}-{kind}-{side}" for kind in ("ups", "cooling", "room", "core"))
        number = serial_number(draw)
        yield item(ups, "UPS", f"UPS {side.upper()} {town}", serial_number=number, mtbf_hours=250_000, mttr_hours=8)
        yield pool(ups, "supply", 1)
        yield link(ups, "fed_by", grid, "supply")
        yield link(ups, "fed_by", generator, "supply", standby=True)
        yield item(cooling, "Cooling", f"Kjøling {side.upper()} {town}", serial_number=serial_number(draw))
        yield item(room, "Room", f"{town} rom {side.upper()}", location=town)
        yield link(room, "located_in", key)
        yield device(draw, core, "Switch", site, criticality="vital")
        yield link(core, "located_in", room)
        yield pool(room, "cooling", 1)
        yield pool(core, "power", 1)
        for other in "ab":
            yield link(room, "cooled_by", f"{key}-cooling-{other}", "cooling")
            yield link(core, "powered_by", f"{key}-ups-{other}", "power")


def _wan(site: int, draw: random.Random) -> Iterator[Row]:
    """The network to a site's users, over either of two circuits."""
    wan = f"s{site:02d}-wan"
    yield item(wan, "Network", f"WAN {place(site)}", owner="Nettverk", criticality="vital")
    yield pool(wan, "circuits", 1, switch_minutes=1)
    for number, carrier in enumerate(_CARRIERS):
        circuit, name = f"s{site:02d}-circuit-{number}", f"{carrier.upper()}-{draw.randrange(10**6):06d}"
        yield item(circuit, "Circuit", name, mtbf_hours=4_000, mttr_hours=6)
        yield link(circuit, "depends_on", f"provider-{carrier.lower()}")
        yield link(wan, "depends_on", circuit, "circuits")


def _rack(site: int, number: int, draw: random.Random) -> Iterator[Row]:
    """A rack with a PDU on each UPS and two top-of-rack switches on any core; racks take turns between the rooms."""
    key, rack = f"s{site:02d}", f"s{site:02d}-r{number:03d}"
    yield item(rack, "Rack", rack.upper(), location=place(site))
    yield link(rack, "located_in", f"{key}-room-{'ab'[number % 2]}")
    for side in "ab":
        pdu, switch = f"{rack}-pdu-{side}", f"{rack}-tor-{side}"
        yield item(pdu, "PDU", pdu.upper(), serial_number=serial_number(draw))
        yield link(pdu, "depends_on", f"{key}-ups-{side}")  # one feed only, so no type that suggests a pool
        yield device(draw, switch, "Switch", site)
        yield link(switch, "mounted_in", rack)
        yield link(switch, "depends_on", pdu)
        yield pool(switch, "uplinks", 1)
        for core in "ab":
            yield link(switch, "uplinks_to", f"{key}-core-{core}", "uplinks")


def _in_rack(name: str, rack: str) -> Iterator[Row]:
    """A device stands in a rack, on any of its PDUs and any of its top-of-rack switches."""
    yield link(name, "mounted_in", rack)
    for pool_name, type_, kind in (("power", "powered_by", "pdu"), ("uplinks", "uplinks_to", "tor")):
        yield pool(name, pool_name, 1)
        for side in "ab":
            yield link(name, type_, f"{rack}-{kind}-{side}", pool_name)


def _storage(site: int, plan: SitePlan, draw: random.Random) -> Iterator[Row]:
    for number in range(plan.arrays):
        array = f"s{site:02d}-array-{number:02d}"
        yield device(draw, array, "StorageArray", site, mtbf_hours=200_000, mttr_hours=4)
        yield from _in_rack(array, f"s{site:02d}-r{4 * (number % plan.rows_of_racks):03d}")


def _clusters(site: int, plan: SitePlan, draw: random.Random) -> Iterator[Row]:
    """Clusters that need all hosts but one. Their hosts stand in the four racks of a row, so a large cluster has
    two in one rack: then the rack is a single point of failure that the pool hides."""
    host_number = 0
    for number, size in enumerate(plan.cluster_sizes):
        cluster = cluster_id(site, number)
        yield item(cluster, "Cluster", f"{place(site)}-klynge-{number:03d}", owner="Plattform")
        for volume in (f"{cluster}-vol0", f"{cluster}-vol1"):
            yield item(volume, "StorageVolume", volume, owner="Plattform")
            yield link(volume, "hosted_on", f"s{site:02d}-array-{number // 4:02d}")
        yield pool(cluster, "hosts", size - 1)
        first_rack = 4 * plan.row_of(host_number)
        for member in range(size):
            host, mean_up_time = f"{cluster}-h{member}", draw.choice((30_000, 40_000, 60_000))
            yield device(draw, host, "Hypervisor", site, mtbf_hours=mean_up_time, mttr_hours=6)
            yield link(host, "member_of", cluster, "hosts")
            yield from _in_rack(host, f"s{site:02d}-r{first_rack + (number + member) % 4:03d}")
        host_number += size
