"""Each lint finds what it is for, and nothing in a sound estate."""

from __future__ import annotations

import pytest

from cmdb.errors import UsageError
from impact.lint import LINTS, lint

SERVICE = {"class": "BusinessService"}
APPLICATION = {"class": "Application"}


def found(estate, kind):
    """(name, message) of the findings of one kind."""
    return [(each.name, each.message) for each in lint(estate.snapshot, [kind])]


def test_a_sound_estate_has_no_findings(estate):
    """A service on an application on two servers, with a stated need: nothing to say."""
    sound = estate("s -> a\n a -> w1 | w\n a -> w2 | w\n a .. x", {"s": SERVICE, "a": APPLICATION}, a_w=1)

    assert lint(sound.snapshot) == []


def test_an_empty_estate_has_no_findings(compiled, spec_of):
    """Every lint runs on nothing at all."""
    assert lint(compiled(spec_of()).snapshot) == []


def test_plain_hard_relationship_beside_a_pool_to_the_same_member(estate, link_of, spec_of, compiled):
    """A member that is required by itself too makes the pool useless; a soft one does not."""
    links = (
        link_of("a", "w1", pools=("w",), required=True),
        link_of("a", "w2", pools=("w",)),
        link_of("a", "w2", "soft"),
    )
    pool = compiled(spec_of({"a": {}, "w1": {}, "w2": {}}, links, {("a", "w"): {"need": 1}}))

    [(name, message)] = found(pool, "plain_beside_pool")

    assert name == "a"
    assert "requires w1 by itself and as a member of its pool w" in message


def test_pool_of_one(estate):
    """One member in service is no redundancy, were there more once."""
    pool = estate("a -> w1 | w\n a -> w2 | w", {"w2": {"status": "retired"}}, a_w=1)

    [(name, message)] = found(pool, "pool_of_one")

    assert (name, "w1" in message) == ("a", True)


def test_need_above_members(estate):
    """A need above the members in service is named with both numbers."""
    pool = estate("a -> w1 | w\n a -> w2 | w", a_w=3)

    [(_, message)] = found(pool, "need_above_members")

    assert "needs 3 of 2" in message


def test_assumed_needs(estate):
    """A pool without a stated need is listed, one of a single member is not: there is nothing to assume."""
    pool = estate("a -> w1 | w\n a -> w2 | w\n b -> w1 | w")

    assert found(pool, "assumed_need") == [("a", "nobody stated the need of its pool w; 1 of 2 is assumed")]


def test_provider_of_a_higher_tier(estate):
    """A server that relies on a service is asked about; classes without a tier are not judged."""
    odd = estate("srv -> svc\n svc -> app\n q -> svc", {"svc": SERVICE, "app": APPLICATION, "q": {"class": "Unknown"}})

    assert [name for name, _ in found(odd, "higher_tier_provider")] == ["srv"]


def test_two_cycles_and_longer_ones(estate):
    """A pair is told once as a pair; longer cycles once as a group."""
    odd = estate("a -> b\n b -> a | p\n b -> c | p\n x -> y\n y -> z\n z -> x", b_p=1)

    [(_, pair)] = found(odd, "two_cycle")
    [(_, group)] = found(odd, "cycle")

    assert "a" in pair
    assert "b" in pair
    assert group.startswith("3 items stand on each other")


def test_services_without_providers(estate):
    """A service with neither provider nor pool is named; one with an unmet requirement is told as that."""
    odd = estate(
        "s1\n s2 -> w\n s3 -> old\n s4 .. w",
        {"s1": SERVICE, "s2": SERVICE, "s3": SERVICE, "s4": SERVICE, "old": {"status": "retired"}},
    )

    assert [name for name, _ in found(odd, "service_without_providers")] == ["s1", "s4"]
    assert [name for name, _ in found(odd, "unmet_requirement")] == ["s3"]


def test_pool_without_a_member_in_service_is_unmet(estate):
    """A pool whose members are all out of service, and a recorded pool without any, are unmet requirements."""
    odd = estate("a -> old | w\n b", {"old": {"status": "planned"}}, a_w=1, b_v=1)

    assert sorted(found(odd, "unmet_requirement")) == [
        ("a", "its pool w has no member in service; this brings nothing down"),
        ("b", "its pool v has no member in service; this brings nothing down"),
    ]


def test_confirmed_members_changed(estate):
    """A pool with other members than when its need was confirmed is asked about."""
    odd = estate(
        "a -> w1 | w\n a -> w2 | w\n a -> w3 | w\n b -> w1 | w\n b -> w2 | w",
        a_w={"need": 2, "confirmed_members": 2},
        b_w={"need": 1, "confirmed_members": 2},
    )

    [(name, message)] = found(odd, "confirmed_members_changed")

    assert name == "a"
    assert "confirmed with 2 members in service; now it has 3" in message


def test_relationships_without_rule_are_counted_by_type_and_classes(estate):
    """One finding a (type, class, class), with the number and an example."""
    odd = estate("a ?? b\n a ?? c\n s ?? a", {"s": SERVICE})

    assert [(name, message.split(" not")[0]) for name, message in found(odd, "no_rule")] == [
        ("BusinessService relies_on Server", "1 relationship is"),
        ("Server relies_on Server", "2 relationships are"),
    ]


def test_pools_that_mix_hard_and_soft(link_of, spec_of, compiled):
    """One hard and one soft member: judged as hard, and said."""
    links = (link_of("a", "b", pools=("p",)), link_of("a", "c", "soft", pools=("p",)))
    odd = compiled(spec_of({"a": {}, "b": {}, "c": {}}, links, {("a", "p"): {"need": 1}}))

    assert [name for name, _ in found(odd, "mixed_pool")] == ["a"]


def test_batteries_outside_a_pool(link_of, spec_of, compiled):
    """Minutes on a plain relationship change no answer; in a pool they do."""
    links = (
        link_of("rack", "ups1", lasts=30),
        link_of("rack", "ups2", pools=("p",), lasts=30),
        link_of("room", "ups1", "none", lasts=5),
    )
    odd = compiled(spec_of({"rack": {}, "room": {}, "ups1": {}, "ups2": {}}, links))

    [(name, message)] = found(odd, "lasts_outside_pool")

    assert (name, "ups1" in message) == ("rack", True)


def test_items_with_values_that_say_nothing(estate):
    """MTTR alone, missing items and placeholders."""
    odd = estate(
        "a -> b\n c -> d",
        {
            "a": {"mttr_hours": 4.0},
            "b": {"mttr_hours": 4.0, "mtbf_hours": 100.0},
            "c": {"status": "missing"},
            "d": {"class": "Unknown"},
        },
    )

    assert [name for name, _ in found(odd, "mttr_without_mtbf")] == ["a"]
    assert [name for name, _ in found(odd, "missing_item")] == ["c"]
    assert [name for name, _ in found(odd, "placeholder")] == ["d"]


def test_figures_that_contradict_each_other(estate):
    """An availability beside other mean times, a mean outside its range; rounding is no contradiction."""
    odd = estate(
        "a -> b\n c -> d",
        {
            "a": {"availability": 0.9, "mtbf_hours": 2000.0, "mttr_hours": 4.0},
            "b": {"availability": 0.998, "mtbf_hours": 2000.0, "mttr_hours": 4.0},
            "c": {"mtbf_hours": 10.0, "mttr_hours": 4.0, "mtbf_low_hours": 20.0},
            "d": {"mtbf_low_hours": 20.0, "mtbf_high_hours": 30.0, "mttr_hours": 4.0},
        },
    )

    [(name, message)] = found(odd, "contradicting_availability")

    assert name == "a"
    assert "0.9 contradicts mtbf_hours 2000 and mttr_hours 4, which give 0.998004" in message
    assert [name for name, _ in found(odd, "mean_outside_range")] == ["c"]
    assert found(odd, "mttr_without_mtbf") == []


def test_pools_of_the_same_members_with_other_betas(estate):
    """One event a member set: the smaller beta is named; a pool that states none contradicts nobody."""
    text = "".join(f"{name} -> x | p\n {name} -> y | p\n" for name in "abc")
    odd = estate(text, a_p={"need": 1, "beta": 0.1}, b_p={"need": 1, "beta": 0.05}, c_p=1)

    [(name, message)] = found(odd, "common_cause_differs")

    assert name == "b"
    assert "the pool p of a, with the same members, 0.1" in message


def test_findings_are_sorted_and_complete(estate):
    """Warnings first; the kind of each finding is the name of its lint, and each says what to do."""
    odd = estate("a -> b\n b -> a\n a -> w | p\n a ?? b\n s", {"s": SERVICE, "w": {"class": "Unknown"}}, a_p=4)

    all_found = lint(odd.snapshot)

    assert {each.kind for each in all_found} <= set(LINTS)
    assert [each.severity for each in all_found] == sorted((each.severity for each in all_found), reverse=True)
    assert all(each.advice and each.message for each in all_found)
    assert lint(odd.snapshot) == all_found


def test_unknown_lint_is_refused():
    """A kind there is not is an error that lists the kinds."""
    with pytest.raises(UsageError, match="two_cycle"):
        lint(None, ["spelling"])
