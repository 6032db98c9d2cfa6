"""How many of each class there are: in comes a number of items, out comes a Plan that adds up to it exactly."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SERVERS", "SMALLEST", "Plan"]

SMALLEST = 500
"""The smallest estate in which every tier has what it needs."""

SERVERS = {"identity": 3, "directory": 2, "dns": 2, "monitoring": 2}
"""The services of the whole estate, with the number of their servers."""

_CLUSTER_SIZES = (4, 6, 4, 8, 5, 6)
_MACHINES_A_CLUSTER = 66
_HOSTS_A_ROW = 56  # a row is four racks


@dataclass(frozen=True, slots=True)
class SitePlan:
    """What stands in one site: hosts by cluster, and racks in rows of four."""

    cluster_sizes: tuple[int, ...]

    @classmethod
    def of(cls, machines: int) -> SitePlan:
        """Plan clusters for so many virtual machines, two at least so that every cluster has a neighbour."""
        clusters = max(2, round(machines / _MACHINES_A_CLUSTER))
        return cls(tuple(_CLUSTER_SIZES[number % len(_CLUSTER_SIZES)] for number in range(clusters)))

    @property
    def rows_of_racks(self) -> int:
        """Rows of four racks."""
        return -(-sum(self.cluster_sizes) // _HOSTS_A_ROW)

    @property
    def arrays(self) -> int:
        """Storage arrays: one for four clusters."""
        return -(-len(self.cluster_sizes) // 4)

    @property
    def items(self) -> int:
        """All items of the site: 14 of the building and its WAN, five a rack, three a cluster with volumes."""
        racks, clusters = 4 * self.rows_of_racks, len(self.cluster_sizes)
        return 14 + 5 * racks + 3 * clusters + sum(self.cluster_sizes) + self.arrays

    def row_of(self, host: int) -> int:
        """Return the row of racks in which the site's so-manieth host stands."""
        return host // _HOSTS_A_ROW


@dataclass(frozen=True, slots=True)
class Plan:
    """How many of each; `spare` machines that serve nothing make the number of items exact."""

    items: int
    services: int
    applications: int
    database_pairs: int
    machines: int
    sites: tuple[SitePlan, ...]

    @classmethod
    def of(cls, items: int) -> Plan:
        """Find the largest estate that fits; raises ValueError below the smallest."""
        if items < SMALLEST:
            raise ValueError(f"{items} items are too few for every tier: ask for at least {SMALLEST}")
        services = round(0.12 * (items - 75))
        applications, pairs = round(1.25 * services), round(0.62 * services)

        def with_machines(machines: int) -> Plan:
            count = max(2, min(20, items // 5_000))
            shares = [machines // count + (site < machines % count) for site in range(count)]
            return cls(items, services, applications, pairs, machines, tuple(map(SitePlan.of, shares)))

        least = 2 * applications + 2 * pairs + sum(SERVERS.values())
        most = items
        while least < most:
            middle = (least + most + 1) // 2
            least, most = (middle, most) if with_machines(middle).spare >= 0 else (least, middle - 1)
        return with_machines(least)

    @property
    def spare(self) -> int:
        """What is left of the number of items when all else is counted; below zero the estate does not fit."""
        infrastructure = 2 + sum(site.items for site in self.sites)  # 2 providers of circuits
        software = self.applications + 2 * self.database_pairs + sum(SERVERS.values())
        return self.items - self.services - software - self.machines - infrastructure

    @property
    def business_services(self) -> int:
        """Services beside the shared ones."""
        return self.services - len(SERVERS)
