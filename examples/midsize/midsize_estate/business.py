"""Services, applications, databases and the machines under them: in comes the plan, out come rows.

Runs after the infrastructure, whose clusters it places machines on.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from midsize_estate.infrastructure import cluster_id
from midsize_estate.plan import SERVERS, Plan
from midsize_estate.rows import OWNERS, Row, device, item, link, pool, service_name

__all__ = ["business_rows"]

_PORTFOLIO = 12  # services that know one another: this is where cycles arise


def business_rows(plan: Plan, draw: random.Random, profile: str, relationships: int) -> Iterator[Row]:
    """Give the shared services, the business services with all they run on, and the machines that serve nothing.

    Machines are then joined to the shared services until this tier has `relationships` relationships.
    """
    tier = _Tier(plan, draw, profile)
    for name, servers in SERVERS.items():
        for row in tier.shared_service(name, servers):
            relationships -= row["kind"] == "relationship"
            yield row
    shared = sum(SERVERS.values())
    for row in tier.business():
        relationships -= row["kind"] == "relationship"
        yield row
    yield from tier.spares()
    yield from tier.logons(relationships, shared)


@dataclass(slots=True)
class _Tier:
    plan: Plan
    draw: random.Random
    profile: str
    machine_count: int = 0
    databases: list[str] = field(default_factory=list)  # machines of databases

    def shared_service(self, name: str, servers: int) -> Iterator[Row]:
        """A service of the whole estate, up while any one of its servers is."""
        yield item(f"shared-{name}", "TechnicalService", f"Felles {name}", criticality="vital", owner="Plattform")
        yield pool(f"shared-{name}", "servers", 1)
        for number in range(servers):
            site = number % len(self.plan.sites)
            machine = f"vm{self.machine_count:06d}"
            yield from self._machine(site, number % len(self.plan.sites[site].cluster_sizes), name)
            server = f"shared-{name}-{number}"
            yield item(server, "Application", f"{name}-{number}", mtbf_hours=8_000, mttr_hours=1)
            yield link(server, "runs_on", machine)
            yield link(f"shared-{name}", "depends_on", server, "servers")

    def business(self) -> Iterator[Row]:
        """Services, each with one application or two; the machines left over by the plan are shared out."""
        plan, services = self.plan, self.plan.business_services
        left = plan.machines - sum(SERVERS.values()) - 2 * plan.database_pairs - 2 * plan.applications
        machines = [2] * plan.applications
        for application in self.draw.choices(range(plan.applications), k=left):
            machines[application] += 1
        with_two = set(self.draw.sample(range(services), plan.applications - services))
        application = pairs = 0
        for service in range(services):
            yield self._service(service)
            if self.draw.random() < 0.1:
                yield link("shared-monitoring", "sends_data_to", f"svc{service:05d}")  # without it, degraded only
            due = -(-(service + 1) * plan.database_pairs // services)
            own = range(pairs, due)
            for pair in own:
                yield from self._database_pair(pair, self._home(service))
            pairs = due
            for _ in range(1 + (service in with_two)):
                pair = self.draw.choice(own) if own else self.draw.randrange(pairs)
                yield from self._application(application, service, machines[application], pair)
                application += 1

    def spares(self) -> Iterator[Row]:
        """Machines that serve nothing, some planned, some retired."""
        for number in range(self.plan.spare):
            site = number % len(self.plan.sites)
            status = ("planned", "retired", "operational")[number % 3]
            yield device(self.draw, f"spare{number:05d}", "VirtualMachine", site, environment="test", status=status)

    def logons(self, wanted: int, first: int) -> Iterator[Row]:
        """Join machines to identity, those of databases before others, then to DNS and the directory."""
        others = [f"vm{number:06d}" for number in range(first, self.machine_count)]
        databases = set(self.databases)
        others = [machine for machine in others if machine not in databases]
        for provider in ("identity", "dns", "directory"):
            self.draw.shuffle(others)
            for machine in (self.databases + others)[: max(0, wanted)]:
                yield link(machine, "depends_on", f"shared-{provider}")
            wanted -= len(self.databases) + len(others)

    def _home(self, service: int) -> int:
        return service // _PORTFOLIO % len(self.plan.sites)

    def _machine(self, site: int, cluster: int, purpose: str) -> Iterator[Row]:
        name, where = f"vm{self.machine_count:06d}", cluster_id(site, cluster)
        row = device(self.draw, name, "VirtualMachine", site, environment="production")
        row["attributes"] = {
            "purpose": purpose,
            "memory_gb": self.draw.choice((4, 8, 16, 32)),
            "patch_level": "2026-09",
        }
        yield row
        yield link(name, "hosted_on", where)
        yield link(name, "stores_on", f"{where}-vol{self.machine_count % 2}")
        self.machine_count += 1

    def _places(self, count: int, home: int, turn: int) -> list[tuple[int, int]]:
        """Choose site and cluster of each replica.

        Profile real: the home cluster, its neighbour and the site of disaster recovery, the last two in either
        order. Profile adv: any cluster of any site.
        """
        clusters = [len(site.cluster_sizes) for site in self.plan.sites]
        if self.profile == "adv":
            sites = [self.draw.randrange(len(clusters)) for _ in range(count)]
            return [(site, self.draw.randrange(clusters[site])) for site in sites]
        away = (home + 1) % len(clusters)
        neighbour, recovery = (home, (turn + 1) % clusters[home]), (away, turn % clusters[away])
        others = [neighbour, recovery] if self.draw.random() < 0.5 else [recovery, neighbour]
        order = [(home, turn % clusters[home]), *others]
        return [order[number % 3] for number in range(count)]

    def _service(self, number: int) -> Row:
        """Four services in five face people, the fifth only other services."""
        facing, rank = self.draw.random() < 0.8, self.draw.random()
        row = item(f"svc{number:05d}", "BusinessService" if facing else "TechnicalService", service_name(number))
        row["criticality"] = "vital" if rank < 0.05 else "high" if rank < 0.25 else "medium" if rank < 0.7 else "low"
        row["users"] = int(10 * self.draw.paretovariate(1.1)) % 20_000 if facing else 0
        row["owner"] = self.draw.choice(OWNERS)
        row["availability_target"] = self.draw.choice(("99%", "99.5%", "99.9%"))
        return row

    def _database_pair(self, number: int, home: int) -> Iterator[Row]:
        for side, (site, cluster) in zip("ab", self._places(2, home, number), strict=True):
            machine, database = f"vm{self.machine_count:06d}", f"db{number:05d}-{side}"
            self.databases.append(machine)
            yield from self._machine(site, cluster, "database")
            yield item(database, "DatabaseInstance", database, support_group="Database", mtbf_hours=6_000, mttr_hours=2)
            yield link(database, "runs_on", machine)

    def _application(self, number: int, service: int, machines: int, database: int) -> Iterator[Row]:
        home, name = self._home(service), f"app{number:05d}"
        yield item(name, "Application", name, owner=self.draw.choice(OWNERS), environment="production")
        yield link(f"svc{service:05d}", "depends_on", name)
        yield pool(name, "machines", 1 if number % 2 else machines - 1)
        for site, cluster in self._places(machines, home, service):
            machine = f"vm{self.machine_count:06d}"
            yield from self._machine(site, cluster, "application")
            yield link(name, "runs_on", machine, "machines")
        yield pool(name, "database", 1, switch_minutes=2)
        for side in "ab":
            yield link(name, "depends_on", f"db{database:05d}-{side}", "database")
        yield link(name, "depends_on", "shared-identity")
        yield link(name, "depends_on", "shared-dns")
        yield link(name, "depends_on", f"s{home:02d}-wan")
        if self.draw.random() < 0.3:
            yield link(name, "depends_on", "shared-directory")
        other = self._other_service(service)
        if other is not None:
            yield link(name, "depends_on", f"svc{other:05d}")

    def _other_service(self, service: int) -> int | None:
        """Choose for 15 % of the applications another service of the portfolio; the first two services need each
        other in every estate, so that none is without a cycle."""
        if service < 2:
            return 1 - service
        if self.draw.random() >= 0.15:
            return None
        first = service - service % _PORTFOLIO
        others = [
            each for each in range(first, min(first + _PORTFOLIO, self.plan.business_services)) if each != service
        ]
        return self.draw.choice(others) if others else None
