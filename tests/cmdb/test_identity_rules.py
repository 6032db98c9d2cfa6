"""By what a row is known: the rules of its class, the site's own, junk, and what it runs on."""

from __future__ import annotations

from typing import Any

import pytest
from inventory_words import batch

from cmdb.errors import UsageError
from cmdb.reconcile.identity_rules import IdentityRules
from cmdb.record import Record

SERVERS = [{"id": "h1", "name": "srv1", "serial_number": "S1"}, {"id": "h2", "name": "srv2", "serial_number": "S2"}]


def databases(source: str, turned: bool = False, **more: Any) -> Any:
    """Return two servers, each with a database of the same name, known to a source by ids of its own."""
    hosts = [{**each, "id": f"{source}-{each['id']}"} for each in SERVERS]
    names = ["d2", "d1"] if turned else ["d1", "d2"]
    items = [{"id": f"{source}-{each}", "class": "DatabaseInstance", "name": "postgres", **more} for each in names]
    links = [(f"{source}-d{n}", "runs_on", f"{source}-h{n}") for n in (1, 2)]
    return batch(source, "x", items=[*items, *hosts], links=links)


@pytest.mark.parametrize("turned", [False, True])
def test_a_database_is_known_within_its_server(memory: Any, turned: bool) -> None:
    """Two of one name in one scope are no riddle, whatever the order of the rows, and hosts later in the file."""
    memory.take(databases("n"))
    proposal = memory.take(databases("m", turned))
    assert proposal.items == {"updated": 4, "refused": 0}
    for each in ("d1", "d2", "h1", "h2"):
        assert memory.id_of(f"m-{each}", "m") == memory.id_of(f"n-{each}", "n")
    assert any("on the same host" in each.reason for each in proposal.verdicts)


def test_a_database_on_another_server_is_another(memory: Any) -> None:
    """The name and the scope alone would have made them one."""
    first, second = databases("n"), databases("m")
    first.items[:] = [row for row in first.items if row.external_id in ("n-d1", "n-h1")]
    first.relationships[:] = first.relationships[:1]
    second.items[:] = [row for row in second.items if row.external_id in ("m-d2", "m-h2")]
    second.relationships[:] = second.relationships[1:]
    memory.take(first)
    assert memory.take(second).items["created"] == 2


def test_where_no_host_is_known_the_name_in_the_scope_counts(memory: Any) -> None:
    """As for every other class."""
    row = {"class": "DatabaseInstance", "name": "hr"}
    memory.take(batch("n", "x", items=[{"id": "1", **row}]))
    assert memory.take(batch("m", "x", items=[{"id": "a", **row}])).items["updated"] == 1


def test_an_address_shared_with_the_server_identifies_no_database(memory: Any) -> None:
    """Two databases of one server, each source with one of them."""
    row = {"class": "DatabaseInstance", "fqdn": "srv1.oslo.no"}
    memory.take(batch("n", items=[{"id": "1", "name": "hr", **row}]))
    assert memory.take(batch("m", items=[{"id": "a", "name": "pay", **row}])).items["created"] == 1


def test_the_dry_run_says_why_a_row_is_new(memory: Any) -> None:
    """The rules that found nobody, and what of it is junk."""
    memory.take(batch("n", items=["1"]))
    proposal = memory.propose(batch("m", items=[{"id": "a", "serial_number": "None"}]))
    [verdict] = proposal.verdicts
    assert verdict.verdict == "create"
    assert "no other source has it by serial number, cloud id, fqdn, mac" in verdict.reason
    assert "'None' identifies nobody" in verdict.reason


def test_the_site_says_other_rules_and_more_junk(record: Record) -> None:
    """By class, from the next import on; taken back, the shipped ones hold again."""
    row = {"asset_tag": "A-1", "serial_number": "see label"}
    record.import_batches([batch("n", "x", items=[{"id": "1", "name": "p", **row}])])

    def counts(**more: Any) -> dict[str, int]:
        item = {"id": "a", "name": "q", **row, **more}
        return dict(record.import_batches([batch("m", "y", items=[item])], dry_run=True).proposal.items)

    assert counts() == {"updated": 1, "refused": 0}
    record.rules.set_junk(["See Label "])
    assert counts() == {"created": 1, "refused": 0}
    record.rules.set_identity("Computer", ["asset_tag"])
    assert counts() == {"updated": 1, "refused": 0}
    record.rules.set_identity("Server", ["name"])
    assert counts() == {"created": 1, "refused": 0}
    record.rules.set_identity("Server", [])
    record.rules.set_junk([], ["see label"])
    assert record.rules.identity() == IdentityRules({"Computer": ("asset_tag",)})
    for wrong in (lambda: record.rules.set_identity("Server", ["colour"]), lambda: record.rules.set_junk([], ["x"])):
        with pytest.raises(UsageError):
            wrong()
