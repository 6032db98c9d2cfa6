"""What a complete batch no longer has: missing, retired, withdrawn; and the guard that holds it back."""

from __future__ import annotations

from typing import Any

import pytest
from inventory_words import batch

MANY = [f"s{number:02}" for number in range(40)]


def test_an_absent_item_is_missing(memory: Any) -> None:
    """What a complete batch lacks inside its (source, scope) becomes missing, and is never erased."""
    memory.take(batch(items=["a", "b"], complete=True))
    proposal = memory.take(batch(items=["a"], complete=True))
    assert proposal.items == {"unchanged": 1, "missing": 1, "refused": 0}
    assert memory.item("b").status == "missing"
    assert not memory.take(batch(items=["a"], complete=True)).delta


def test_a_partial_batch_takes_nothing_away(memory: Any) -> None:
    """A batch that is not said to be complete says nothing of what is absent."""
    memory.take(batch(items=["a", "b"], links=[("a", "depends_on", "b")], complete=True))
    assert not memory.take(batch(items=["a"])).delta
    assert not memory.take(batch(items=["a"], complete=False)).delta


@pytest.mark.parametrize("scope", ["", "bergen"])
def test_absence_stays_inside_its_source_and_scope(memory: Any, scope: str) -> None:
    """Another source or another scope does not judge these items."""
    memory.take(batch("acme", "oslo", items=["a"], links=[("a", "depends_on", "x")], complete=True))
    assert not memory.take(batch("acme", scope, items=[], complete=True)).delta
    assert not memory.take(batch("other", "oslo", items=[], complete=True)).delta


def test_an_item_that_another_source_upholds_lives_on(memory: Any) -> None:
    """An item lives while a claim on it does; the claim that went fills no gap before those that stand."""
    memory.take(batch("one", items=[{"id": "1", "name": "x", "serial_number": "S", "owner": "Åse"}], complete=True))
    memory.take(batch("two", items=[{"id": "2", "name": "x", "serial_number": "S", "owner": "Bo"}], complete=True))
    proposal = memory.take(batch("one", items=[], complete=True))
    assert (proposal.items["missing"], proposal.items["updated"]) == (0, 1)
    assert (memory.item("2", "two").status, memory.item("2", "two").values["owner"]) == ("operational", "Bo")
    assert memory.take(batch("two", items=[], complete=True)).items["missing"] == 1
    assert memory.item("2", "two").status == "missing"


def test_missing_becomes_retired_after_three_complete_runs_over_seven_days(memory: Any) -> None:
    """Both the runs and the days must have passed."""
    memory.take(batch(items=["a", "b"], complete=True))
    without = batch(items=["a"], complete=True)
    for day, status in [(1, "missing"), (2, "missing"), (3, "missing"), (7.9, "missing"), (8, "retired")]:
        memory.days = day
        memory.take(without)
        assert memory.item("b").status == status, day
    memory.days = 30
    assert not memory.take(without).delta


def test_days_alone_retire_nothing(memory: Any) -> None:
    """Two complete runs are not three, however long they lie apart."""
    memory.take(batch(items=["a", "b"], complete=True))
    without = batch(items=["a"], complete=True)
    for day, status in [(10, "missing"), (90, "missing"), (91, "retired")]:
        memory.days = day
        proposal = memory.take(without)
        assert memory.item("b").status == status, day
    assert proposal.items["retired"] == 1


def test_a_run_that_tells_nothing_newer_does_not_count(memory: Any) -> None:
    """The same file sent again does not make a third run of two."""
    memory.take(batch(items=["a", "b"], complete=True))
    without = batch(items=["a"], complete=True)
    for day in (1, 9):
        memory.days = day
        memory.take(without)
    memory.days = 10
    assert not memory.take(without, refreshes=lambda source, scope: False).delta
    assert memory.take(without).items["retired"] == 1


def test_absent_items_may_be_retired_at_once(memory: Any) -> None:
    """`--absent retire` needs no further run."""
    memory.take(batch(items=["a", "b"], complete=True))
    assert memory.take(batch(items=["a"], complete=True), absent="retire").items["retired"] == 1
    assert memory.item("b").status == "retired"


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("absent", ["missing", "retire"])
def test_an_item_that_reappears_is_back(memory: Any, absent: str, complete: bool) -> None:
    """Shown again, an item is what its source says, with all it was related to by others."""
    memory.take(batch(items=["a", "b"], complete=True))
    memory.take(batch(items=["a"], complete=True), absent=absent)
    proposal = memory.take(batch(items=["a", "b"], complete=complete))
    assert proposal.items["updated"] == 1
    assert memory.item("b").status == "operational"


def test_absent_links_and_memberships_lose_that_sources_claim(memory: Any) -> None:
    """A relationship stays while another source claims it, and a pool likewise."""
    links = [{"from": "a", "type": "depends_on", "to": end, "pool": "web"} for end in "bc"]
    pools = [{"consumer": "a", "name": "web", "need": 1}]
    memory.take(batch(items=["a", "b", "c"], links=links, pools=pools, complete=True))
    others = [{"from": "acme:a", "type": "depends_on", "to": "acme:b", "pool": "web"}]
    memory.take(batch("two", links=others, complete=True))
    proposal = memory.take(batch(items=["a", "b", "c"], complete=True))
    assert proposal.relationships["removed"] == 2
    assert proposal.pools["removed"] == 1
    assert memory.link("a", "depends_on", "b") == {"pools": ["web"]}
    assert memory.link("a", "depends_on", "c") is None
    assert memory.pool("a", "web") is None


def test_a_pool_that_still_has_members_is_not_absent(memory: Any) -> None:
    """A complete batch whose relationships name a pool shows the pool."""
    links = [{"from": "a", "type": "depends_on", "to": end, "pool": "web"} for end in "bc"]
    memory.take(batch(items=["a", "b", "c"], pools=[{"consumer": "a", "name": "web", "need": 1}], complete=True))
    batches = batch(items=["a", "b", "c"], links=links, complete=True)
    memory.take(batches)
    assert memory.pool("a", "web")["need"] == 1
    again = memory.take(batches)
    assert not again.delta
    assert not again.problems


def test_a_placeholder_is_missing_when_nobody_refers_to_it_any_more(memory: Any) -> None:
    """A placeholder is seen while it is referred to."""
    memory.take(batch(items=["a"], links=[("a", "depends_on", "ghost")], complete=True))
    memory.take(batch(items=["a"], complete=True))
    assert memory.item("ghost").status == "missing"
    memory.take(batch(items=["a"], links=[("a", "depends_on", "ghost")], complete=True))
    assert memory.item("ghost").status == "operational"


def test_what_moved_to_another_scope_of_the_command_is_not_absent(memory: Any) -> None:
    """A scope that shows what another lacks has taken it over."""
    memory.take(
        batch("acme", "oslo", items=["a", "b"], links=[("a", "depends_on", "b")], complete=True),
        batch("acme", "bergen", items=["c"], complete=True),
    )
    now = [
        batch("acme", "oslo", items=["a"], complete=True),
        batch("acme", "bergen", items=["c", "b"], links=[("a", "depends_on", "b")], complete=True),
    ]
    proposal = memory.take(*now)
    assert proposal.items["missing"] == 0
    assert proposal.relationships["removed"] == 0
    assert memory.item("b").status == "operational"
    assert not memory.take(*now).delta
    memory.take(now[0])
    assert memory.item("b").status == "operational", "it is of the other scope now"


@pytest.mark.parametrize(("going", "held"), [(3, False), (4, False), (5, True)])
def test_the_guard_needs_more_than_a_tenth_and_more_than_three(memory: Any, going: int, held: bool) -> None:
    """Of 40, four may go and five may not; three may always go."""
    memory.take(batch(items=MANY, complete=True))
    proposal = memory.take(batch(items=MANY[going:], complete=True))
    assert bool(proposal.guard) == held
    assert proposal.items["missing"] == (0 if held else going)
    if held:
        [guarded] = proposal.guard
        assert guarded == ("acme", "", "class", "Server", going, 40)


def test_three_of_three_may_go(memory: Any) -> None:
    """More than three must be going for the guard to look."""
    memory.take(batch(items=["a", "b", "c"], complete=True))
    assert not memory.take(batch(items=[], complete=True)).guard


def test_a_guarded_batch_adds_and_updates_and_removes_nothing(memory: Any) -> None:
    """Additions and updates are applied; nothing at all is removed or retired, of no kind."""
    memory.take(batch(items=MANY, links=[(MANY[0], "depends_on", MANY[1])], complete=True))
    rows = [*MANY[10:-1], {"id": MANY[-1], "owner": "Åse"}, "new"]
    proposal = memory.take(batch(items=rows, complete=True), absent="retire")
    assert proposal.guard
    assert (proposal.items["created"], proposal.items["updated"]) == (1, 1)
    assert (proposal.items["missing"], proposal.items["retired"], proposal.relationships["removed"]) == (0, 0, 0)
    assert memory.item(MANY[0]).status == "operational"
    assert len(memory.held["relationship"]) == 1
    through = memory.take(batch(items=rows, complete=True), max_removal_percent=25.0)
    assert not through.guard
    assert (through.items["missing"], through.relationships["removed"]) == (10, 1)


def test_the_guard_looks_at_each_class(memory: Any) -> None:
    """Five of five databases are too many, whatever number of servers there is."""
    databases = [{"id": f"d{number}", "class": "Database"} for number in range(5)]
    memory.take(batch(items=[*MANY, *MANY[:0], *databases], complete=True))
    [guarded] = memory.take(batch(items=MANY, complete=True)).guard
    assert (guarded.kind, guarded.name, guarded.going, guarded.total) == ("class", "Database", 5, 5)


def test_the_guard_looks_at_each_type(memory: Any) -> None:
    """Five of ten links of one type are too many among a hundred of another."""
    hub = [("s00", "depends_on", end) for end in MANY[1:]]
    few = [("s00", "runs_on", end) for end in MANY[1:11]]
    memory.take(batch(items=MANY, links=[*hub, *few], complete=True))
    [guarded] = memory.take(batch(items=MANY, links=[*hub, *few[:5]], complete=True)).guard
    assert (guarded.kind, guarded.name, guarded.going, guarded.total) == ("type", "runs_on", 5, 10)


@pytest.mark.parametrize("rows_stay", [False, True])
def test_the_guard_looks_at_each_pool(memory: Any, rows_stay: bool) -> None:
    """Members that leave a pool are counted, be it that their link goes or that it says no pool any more."""
    pools = [{"consumer": "s00", "name": "web", "need": 1}]
    plain = [(start, "depends_on", end) for start in MANY[1:] for end in MANY[1:] if start != end]
    members = [{"from": "s00", "type": "depends_on", "to": end, "pool": "web"} for end in MANY[1:7]]
    memory.take(batch(items=MANY, links=[*plain, *members], pools=pools, complete=True))
    rest = [("s00", "depends_on", end) for end in MANY[1:6]] if rows_stay else []
    changed = batch(items=MANY, links=[*plain, *rest, *members[5:]], pools=pools, complete=True)
    proposal = memory.take(changed)
    [guarded] = proposal.guard
    assert (guarded.kind, guarded.name, guarded.going, guarded.total) == ("pool", "s00: web", 5, 6)
    assert not proposal.delta
    assert proposal.relationships["updated"] == 0
    assert memory.link("s00", "depends_on", "s01") == {"pools": ["web"]}
    let = memory.take(changed, max_removal_percent=100)
    assert let.relationships["updated" if rows_stay else "removed"] == 5


@pytest.mark.parametrize("why", ["cut", "unreadable", "half"])
def test_a_batch_that_is_not_whole_counts_as_partial(memory: Any, why: str) -> None:
    """A cut file, a row without readable identity, or one partial file of several makes the batch partial."""
    memory.take(batch(items=["a", "b"], complete=True))
    if why == "cut":
        less = batch(items=["a"], complete=True)
        object.__setattr__(less, "cut", "the export stops at row 10,000")
    elif why == "unreadable":
        less = batch(items=["a", {"id": 7, "name": "seven"}], complete=True)
    else:
        less = batch(items=["a"], complete=True)
    batches = [less, batch(items=[], complete=False)] if why == "half" else [less]
    proposal = memory.take(*batches)
    assert not proposal.delta
    assert not proposal.scopes[0].complete
    if why != "half":
        assert "counts as partial" in proposal.warnings[0]


def test_files_of_one_scope_are_complete_together(memory: Any) -> None:
    """Files of one (source, scope) are merged before anything is missed."""
    memory.take(batch(items=["a", "b", "c"], complete=True))
    proposal = memory.take(batch(items=["a"], complete=True, file="1"), batch(items=["b"], complete=True, file="2"))
    assert (proposal.items["unchanged"], proposal.items["missing"]) == (2, 1)
    assert sorted(proposal.scopes[0].seen) == sorted([memory.id_of("a"), memory.id_of("b")])
