"""The answer on availability against the golden numbers of the formulas page, and what it says of itself."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from cmdb.errors import UsageError
from impact.availability.answer import availability_of
from impact.availability.drawing import drawn_unavailability
from impact.availability.evaluate import Budget
from impact.availability.finding import AvailabilityFinding, ServiceAvailability
from impact.availability.inputs import own_inputs
from impact.engine import ImpactEngine

SERVICE = {"class": "BusinessService"}


def figures(**given: float) -> dict[str, dict[str, Any]]:
    """Give items availabilities 1 - q with a mean time to repair of 4 hours; `svc` is the service on them."""
    items: dict[str, dict[str, Any]] = {"svc": dict(SERVICE)}
    items |= {name: {"availability": 1 - q, "mttr_hours": 4} for name, q in given.items()}
    return items


def ask(built: Any, name: str = "svc", **more: Any) -> ServiceAvailability:
    """Return the answer on one item."""
    [answer] = availability_of(built.snapshot, [built.id(name)], **more).services
    return answer


S1 = """
svc -> a | servers
svc -> b | servers
a -> switch
b -> switch
"""


class TestGoldenNumbers:
    """Sections 3, 4, 6, 7 and 8 of the formulas page."""

    def test_the_shared_switch(self, estate: Any) -> None:
        """S1: .9989, not .9999 (which multiplying blocks that share the switch would give)."""
        answer = ask(estate(S1, figures(a=0.01, b=0.01, switch=0.001), svc_servers=1))

        assert f"{answer.unavailability:.7f}" == "0.0010999"
        assert answer.method == "exact"
        assert (answer.low, answer.high) == (answer.availability, answer.availability)
        assert {each.name for each in answer.contributors} == {"switch", "a", "b"} or answer.contributors[
            0
        ].name == "switch"
        by_name = {each.name: each for each in answer.contributors}
        assert f"{by_name['a'].birnbaum:.5f}" == "0.00999"
        assert f"{by_name['a'].unavailability * by_name['a'].birnbaum / answer.unavailability:.10f}" == "0.0908264388"

    @pytest.mark.parametrize(
        ("name", "measures"),
        [
            ("s1", (0.1062, 0.4934944238, 0.5441449814, 0.5065055762, 5.441449814, 1.974311927)),
            ("s3", (0.0162, 0.0752788104, 0.1677509294, 0.0924721190, 1.677509294, 1.081407035)),
        ],
    )
    def test_the_importance_measures_of_the_bridge(self, estate: Any, name: str, measures: tuple[float, ...]) -> None:
        """S2 and section 5: the bridge with q = .1, every measure under the name the page gives it."""
        # The bridge's minimal cut sets {1,2}, {4,5}, {1,3,5}, {2,3,4} as pools of which one member must be up.
        cuts = ("12", "45", "135", "234")
        text = "".join(f"svc -> s{each} | c{cut}\n" for cut in cuts for each in cut)
        items = figures(**{f"s{each}": 0.1 for each in "12345"})
        answer = ask(estate(text, items, **{f"svc_c{cut}": 1 for cut in cuts}))

        assert f"{answer.availability:.5f}" == "0.97848"
        [found] = [each for each in answer.contributors if each.name == name]
        assert (
            found.birnbaum,
            found.criticality,
            found.diagnostic,
            found.fussell_vesely,
            found.risk_achievement_worth,
            found.risk_reduction_worth,
        ) == pytest.approx(measures, rel=1e-9)

    def test_the_only_item_reduces_the_risk_without_bound(self, estate: Any) -> None:
        """A risk reduction worth that is infinite is null, not a number."""
        [only] = ask(estate("svc -> a", figures(a=0.01))).contributors
        assert (only.criticality, only.diagnostic, only.risk_reduction_worth) == (1, 1, None)

    def test_two_of_three_and_the_published_pairs(self, estate: Any) -> None:
        """S3, and 2-of-3 of 99 %; Microsoft's example of a pair behind a web app."""
        pool = "svc -> a | p\nsvc -> b | p\nsvc -> c | p"
        assert f"{ask(estate(pool, figures(a=0.01, b=0.02, c=0.03), svc_p=2)).unavailability:.6f}" == "0.001088"
        assert f"{ask(estate(pool, figures(a=0.01, b=0.01, c=0.01), svc_p=2)).availability:.6f}" == "0.999702"
        web = "svc -> web\nsvc -> a | p\nsvc -> b | p"
        assert f"{ask(estate(web, figures(web=0.0005, a=0.0001, b=0.001), svc_p=1)).availability:.7f}" == "0.9994999"

    def test_how_often_and_how_long(self, estate: Any) -> None:
        """Section 3: two redundant items with 1,000 and 10 hours: every 51,010 hours, for 5."""
        times = {"mtbf_hours": 1000, "mttr_hours": 10}
        answer = ask(estate("svc -> a | p\nsvc -> b | p", {"svc": SERVICE, "a": times, "b": times}, svc_p=1))

        assert f"{answer.unavailability:.8e}" == "9.80296049e-05"
        assert f"{answer.outages_per_year / 8760:.8e}" == "1.96059210e-05"
        assert answer.mean_outage_minutes == pytest.approx(300)
        assert answer.mean_up_hours == pytest.approx(51_000)

    def test_planned_work_beside_failures(self, estate: Any) -> None:
        """Section 6: a window of 4 hours a month and U = .001: agreed .999, experienced .993526."""
        items = {"svc": SERVICE, "a": {"availability": 0.999, "mttr_hours": 1, "maintenance_hours_per_year": 48}}
        answer = ask(estate("svc -> a", items))

        assert f"{answer.availability:.3f}" == "0.999"
        assert f"{answer.experienced.availability:.6f}" == "0.993526"
        assert answer.experienced.planned_hours_per_year == pytest.approx(48)

    def test_redundant_items_are_not_worked_on_together(self, estate: Any) -> None:
        """Golden M1: S1 with 2 of 730.5 hours of work on each server, never together."""
        items = figures(a=0.01, b=0.01, switch=0.001)
        for name in "ab":
            items[name]["maintenance_hours_per_year"] = 2 / 730.5 * 8760
        answer = ask(estate(S1, items, svc_servers=1))

        # The page prints ...553; its own terms, .994524298 * .0010999 + .005475702 * .01099, give ...5524.
        assert 1 - answer.experienced.availability == pytest.approx(0.0011540553, abs=1e-10)
        assert answer.experienced.one_at_a_time

    def test_common_cause(self, estate: Any) -> None:
        """Section 7: beta .1 of q = .01: 1 of 2 is .001080919, 2 of 3 .001241300458; and .998919 for the pair."""
        two = estate("svc -> a | p\nsvc -> b | p", figures(a=0.01, b=0.01), svc_p={"need": 1, "beta": 0.1})
        assert f"{ask(two).unavailability:.9f}" == "0.001080919"
        assert f"{ask(two).availability:.6f}" == "0.998919"
        text = "svc -> a | p\nsvc -> b | p\nsvc -> c | p"
        three = estate(text, figures(a=0.01, b=0.01, c=0.01), svc_p={"need": 2, "beta": 0.1})
        assert f"{ask(three).unavailability:.12f}" == "0.001241300458"

    def test_common_cause_of_three_trains(self, estate: Any) -> None:
        """SCRAM's published test: valves and pumps q = .1, beta .2 each, one of three trains needed: .043080373."""
        text = "".join(f"svc -> t{n} | trains\nt{n} -> v{n}\nt{n} -> p{n}\n" for n in "123")
        # Two pools that only carry beta: they can lose all their members but bear nothing on the service.
        text += "".join(f"valves -> v{n} | set\npumps -> p{n} | set\n" for n in "123")
        items = figures(**{f"{kind}{n}": 0.1 for kind in "vp" for n in "123"})
        items |= {f"t{n}": dict(SERVICE) for n in "123"} | {"valves": dict(SERVICE), "pumps": dict(SERVICE)}
        built = estate(
            text, items, svc_trains=1, valves_set={"need": 1, "beta": 0.2}, pumps_set={"need": 1, "beta": 0.2}
        )
        assert f"{ask(built).unavailability:.12f}" == "0.043080373061"

    def test_an_uncertain_mean_time(self, estate: Any) -> None:
        """Golden U1: MTBF lognormal, median 1,000 h, error factor 3; MTTR 4 h."""
        times = {"mtbf_hours": 1000, "mtbf_low_hours": 1000 / 3, "mtbf_high_hours": 3000, "mttr_hours": 4}
        found = ask(estate("svc -> a", {"svc": SERVICE, "a": times})).uncertainty

        assert found is not None
        assert 1 - found.high == pytest.approx(0.0013315579, rel=5e-6)
        assert 1 - found.median == pytest.approx(0.0039840637, rel=5e-6)
        assert 1 - found.low == pytest.approx(0.0118577075, rel=5e-6)
        assert 1 - found.mean == pytest.approx(0.004958, rel=2e-3)
        assert (found.items_with_range, found.items) == (1, 2)

    @pytest.mark.parametrize(("model", "ratio"), [("same", 7.096790), ("other", 1.0)])
    def test_items_of_one_type_share_the_draw(self, estate: Any, model: str, ratio: float) -> None:
        """Golden U2: two redundant items, q lognormal with error factor 10: drawn apart, the mean is 7 times less."""
        hours = 1e6
        times = {"mtbf_hours": hours, "mtbf_low_hours": hours / 10, "mtbf_high_hours": hours * 10, "mttr_hours": 1e-2}
        built = estate("svc", {"a": times | {"model": "same"}, "b": times | {"model": model}})
        rows = built.rows("ab")
        _, drawn = drawn_unavailability(built.snapshot, own_inputs(built.snapshot), rows, samples=1 << 20)

        assert drawn.prod(axis=1).mean() / drawn[:, 0].mean() ** 2 == pytest.approx(ratio, rel=0.01)

    @pytest.mark.parametrize(("model", "wide"), [("same", True), ("other", False)])
    def test_a_pair_of_one_type_is_less_sure_than_a_mixed_pair(self, estate: Any, model: str, wide: bool) -> None:
        """What nobody knows of the one, nobody knows of the other: the answer's range is that of one draw squared."""
        times = {"mtbf_hours": 1000, "mtbf_low_hours": 100, "mtbf_high_hours": 10_000, "mttr_hours": 1}
        pair = {"a": times | {"model": "same"}, "b": times | {"model": model}}
        built = estate("svc -> a | p\nsvc -> b | p", {"svc": SERVICE, **pair}, svc_p=1)
        found = ask(built).uncertainty
        one = 1 / 101
        assert (1 - found.low == pytest.approx(one**2, rel=1e-3)) == wide
        assert 1 - found.low <= one**2 * (1 + 1e-3)


class TestOneEventAMemberSet:
    """However many consumers share the members, and however they are called."""

    def test_two_consumers_of_the_same_pair_share_the_event(self, estate: Any) -> None:
        """svc needs both apps, and both need one of the same pair: the cause counts once."""
        text = "svc -> x\nsvc -> y\nx -> a | p\nx -> b | p\ny -> b | q\ny -> a | q"
        items = figures(a=0.01, b=0.01) | {"x": dict(SERVICE), "y": dict(SERVICE)}
        shared = estate(text, items, x_p={"need": 1, "beta": 0.1}, y_q={"need": 1, "beta": 0.1})
        assert f"{ask(shared).unavailability:.9f}" == "0.001080919"
        assert [each.id for each in ask(shared).contributors].count(None) == 1

    @pytest.mark.parametrize("other", [0.05, 0])
    def test_different_betas_for_the_same_members_take_the_largest_and_warn(self, estate: Any, other: float) -> None:
        """A conflict is never resolved in favour of the nicer number."""
        text = "svc -> x\nsvc -> y\nx -> a | p\nx -> b | p\ny -> a | q\ny -> b | q"
        items = figures(a=0.01, b=0.01) | {"x": dict(SERVICE), "y": dict(SERVICE)}
        built = estate(text, items, x_p={"need": 1, "beta": 0.1}, y_q={"need": 1, "beta": other})
        finding = availability_of(built.snapshot, [built.id("svc")])
        assert f"{finding.services[0].unavailability:.9f}" == "0.001080919"
        assert [w for w in finding.warnings if "different betas" in w and "x/p" in w and "y/q" in w]

    def test_unequal_members_keep_what_they_are_recorded_with(self, estate: Any) -> None:
        """A cause of both strikes no more often than the better one fails: beta times the least."""
        built = estate("svc -> a | p\nsvc -> b | p", figures(a=0.1, b=0.001), svc_p={"need": 1, "beta": 0.5})
        strikes = 0.5 * 0.001
        expected = 1 - (1 - strikes) * (1 - (0.1 - strikes) * (0.001 - strikes))
        assert ask(built).unavailability == pytest.approx(expected, rel=1e-12)

    def test_a_cause_rests_on_the_members_that_say_how_often_it_strikes(self, estate: Any) -> None:
        """Nobody knows how often the room fails; that is said, and takes nothing from the shares of what is known."""
        items = figures(a=0.01) | {"room": {"class": "Room"}}
        built = estate("svc -> a\nsvc -> a | p\nsvc -> room | p", items, svc_p={"need": 1, "beta": 0.25})
        basis = ask(built).basis
        assert (basis.measured, basis.entered, basis.default) == pytest.approx((0, 1, 0))

    def test_a_beta_without_effect_is_told(self, estate: Any) -> None:
        """Members that are only services do not fail by themselves; the beta would silently do nothing."""
        text = "svc -> x | p\nsvc -> y | p\nx -> a\ny -> b"
        items = figures(a=0.01, b=0.01) | {"x": dict(SERVICE), "y": dict(SERVICE)}
        built = estate(text, items, svc_p={"need": 1, "beta": 0.1})
        finding = availability_of(built.snapshot, [built.id("svc")])
        assert [w for w in finding.warnings if "beta has no effect" in w]


class TestVerdicts:
    """Met, not met, and every reason not to say either."""

    @pytest.mark.parametrize(
        ("target", "verdict"), [(0.99, "met"), (0.999, "met"), (0.9995, "not met"), (1, "not met"), (None, "no target")]
    )
    def test_a_target_of_a_service_on_entered_figures(self, estate: Any, target: float | None, verdict: str) -> None:
        """The expected availability is .999 exactly: equal is met."""
        items = figures(a=0.001)
        if target is not None:
            items["svc"]["availability_target"] = target
        answer = ask(estate("svc -> a", items))
        assert (answer.verdict, answer.target) == (verdict, target)
        assert (answer.budget_minutes_per_month is None) == (target is None)

    @pytest.mark.parametrize(("own", "verdict"), [(0.005, "not enough data to promise"), (0.01, "met")])
    def test_more_than_a_fifth_on_defaults_is_not_enough(self, estate: Any, own: float, verdict: str) -> None:
        """A server on its class's default has .001996: 28 % of the downtime in the one case, 17 % in the other."""
        items = figures(a=own) | {"b": {}}
        items["svc"]["availability_target"] = 0.9
        answer = ask(estate("svc -> a\nsvc -> b", items))
        assert answer.verdict == verdict
        assert answer.defaults_used == 1
        assert answer.basis.default == pytest.approx(
            (8 / 4008 * (1 - own)) / (8 / 4008 * (1 - own) + own * (4000 / 4008))
        )
        assert answer.basis.measured + answer.basis.entered + answer.basis.default == pytest.approx(1)
        assert (answer.attainment.safe_month is None) == (verdict != "met")

    def test_what_nothing_is_known_of_is_never_perfect(self, estate: Any) -> None:
        """A room without data: the figure is an upper bound, and meets no target, but may miss one."""
        items = figures(a=0.001) | {"room": {"class": "Room"}}
        for target, verdict in ((0.99, "not enough data to promise"), (0.9999, "not met")):
            items["svc"]["availability_target"] = target
            built = estate("svc -> a\na -> room", items)
            answer = ask(built)
            assert (answer.verdict, answer.at_most, answer.no_data) == (verdict, True, 1)
            assert [each.name for each in answer.enter_first] == ["room"]
        finding = availability_of(built.snapshot)
        assert [w for w in finding.warnings if "nothing is known of 1 item" in w and "upper bounds" in w]

    @pytest.mark.parametrize("text", ["svc", "svc ~> a", "svc -> room", "svc -> other"])
    def test_not_modelled_is_null_and_not_one(self, estate: Any, text: str) -> None:
        """No providers, soft ones only, only ones of which nothing is known, or a service that has none itself."""
        items = figures(a=0.01) | {"room": {"class": "Room"}, "other": dict(SERVICE)}
        items["svc"]["availability_target"] = 0.9
        finding = availability_of((built := estate(text, items)).snapshot, [built.id("svc")])
        [answer] = finding.services
        assert (answer.availability, answer.method, answer.verdict) == (None, "not_modelled", "not modelled")
        assert (answer.low, answer.high, answer.downtime_minutes_per_year, answer.attainment) == (None,) * 4
        assert [w for w in finding.warnings if "not modelled" in w]

    def test_a_bought_service_has_the_figure_it_is_recorded_with(self, estate: Any) -> None:
        """It stands on nothing of ours, and says itself how available it is."""
        items = {"svc": {**SERVICE, "availability": 0.995, "mttr_hours": 2}}
        assert ask(estate("svc", items)).availability == pytest.approx(0.995)

    def test_a_pool_that_is_never_met_is_down_for_good(self, estate: Any) -> None:
        """A battery alone does not count for an outage without end: availability 0, and said so."""
        items = figures(a=0.01)
        items["svc"]["availability"] = 0
        finding = availability_of((built := estate("svc -> a", items)).snapshot, [built.id("svc")])
        assert finding.services[0].availability == 0
        assert [w for w in finding.warnings if "availability of 0" in w]


class TestWhatItSays:
    """Warnings, sentences, costs: the answer tells what it rests on."""

    def test_replacing_an_item_by_a_pair_saves_what_the_answer_says(self, estate: Any) -> None:
        """The saving is that of the same estate with two of the item, either enough."""
        items = figures(a=0.01, b=0.02)
        before = ask(estate("svc -> a\nsvc -> b", items))
        after = ask(estate("svc -> a\nsvc -> b | p\nsvc -> c | p", items | {"c": items["b"]}, svc_p=1))
        [saved] = [each.pair_saves_minutes_per_month for each in before.contributors if each.name == "b"]
        assert saved == pytest.approx(before.downtime_minutes_per_month - after.downtime_minutes_per_month)

    def test_the_sentences(self, estate: Any) -> None:
        """Numbers in the order in which one asks for them, each with its reason."""
        items = figures(a=0.01, b=0.01, switch=0.001)
        items["svc"] |= {"availability_target": 0.99, "users": 100, "yearly_cost": 365_000, "name": "E-mail"}
        text = " ".join(ask(estate(S1, items, svc_servers=1), explain=[]).explanation)
        assert text == ""
        built = estate(S1, items, svc_servers=1)
        text = " ".join(ask(built, explain=[built.id("svc")]).explanation)
        for told in (
            "E-mail is expected to be down 48 minutes a month: it is up 99.890 % of the time.",
            "44 of its 48 minutes a month come from switch (Server); replacing this one item by a pair would save "
            "44 of its 48 minutes.",
            "Its users lose 964 hours of work a year, if all of them work around the clock.",
            "Of its yearly cost, 401 is paid while it is down.",
            "The target of 99 % allows 7.3 hours a month: met",
            "The expected downtime rests 100 % on entered figures.",
        ):
            assert told in text, text

    def test_users_by_their_weekly_profile(self, estate: Any) -> None:
        """Where a profile is recorded, only those at work count."""
        items = figures(a=0.01)
        items["svc"] |= {"users": 100, "usage": [100] * 40 + [0] * 128}
        cost = ask(estate("svc -> a", items)).cost
        assert cost.by_usage
        assert cost.user_hours_per_year == pytest.approx(100 * 40 / 168 * 0.01 * 8760)

    def test_nothing_is_invented_about_cost(self, estate: Any) -> None:
        """Without users and cost there is no figure."""
        cost = ask(estate("svc -> a", figures(a=0.01))).cost
        assert (cost.user_hours_per_year, cost.paid_while_down_per_year) == (None, None)

    @pytest.mark.parametrize(
        ("values", "word"),
        [
            ({"availability": 0.9, "mtbf_hours": 2000, "mttr_hours": 4}, "contradicts"),
            ({"availability": 1}, "never failing"),
            ({"availability": 0}, "availability of 0"),
            ({}, "1 item rests on defaults of their classes"),
            ({"availability": 0.99}, "no mttr_hours"),
            ({"status": "missing", "mtbf_hours": 10, "mttr_hours": 1}, "missing from the inventory"),
        ],
    )
    def test_what_an_item_says_is_told(self, estate: Any, values: dict[str, Any], word: str) -> None:
        """Each of these changes how much the figure can be trusted."""
        built = estate("svc -> a\nsvc -> b", figures(b=0.01) | {"a": values})
        finding = availability_of(built.snapshot, [built.id("svc")])
        assert [warning for warning in finding.warnings if word in warning], finding.warnings

    def test_what_pools_rest_on_is_told(self, estate: Any) -> None:
        """Assumed needs, needs above the members, batteries, unmet requirements."""
        text = "svc -> a | p\nsvc -> b | p\nsvc -> gone\nsvc -> a | q\nsvc -> b | q"
        items = figures(a=0.01, b=0.01) | {"gone": {"status": "retired"}}
        built = estate(text, items, svc_q=5)
        warnings = "\n".join(availability_of(built.snapshot, [built.id("svc")]).warnings)
        for word in ("1 need is assumed", "above the members", "1 requirement is unmet"):
            assert word in warnings

    def test_how_often_cannot_be_said_without_times(self, estate: Any) -> None:
        """An availability alone, of a class without a default: never a made-up frequency."""
        items = figures(a=0.01) | {"room": {"class": "Room", "availability": 0.999}}
        finding = availability_of((built := estate("svc -> a\nsvc -> room", items)).snapshot, [built.id("svc")])
        [answer] = finding.services
        assert answer.availability == pytest.approx(0.99 * 0.999)
        assert (answer.outages_per_year, answer.mean_outage_minutes, answer.attainment) == (None, None, None)
        assert [w for w in finding.warnings if "how often services fail cannot be said" in w]

    def test_now_counts_what_is_in_maintenance(self, estate: Any) -> None:
        """By design a pair is a pair; now it is what is left of it."""
        items = figures(a=0.01, b=0.02)
        items["a"]["status"] = "maintenance"
        built = estate("svc -> a | p\nsvc -> b | p", items, svc_p=1)
        assert ask(built).unavailability == pytest.approx(0.0002)
        assert ask(built, now=True).unavailability == pytest.approx(0.02)

    def test_a_chain_deeper_than_recursion_goes(self, estate: Any) -> None:
        """The last of the chain stands on all the others, and the answer is theirs together."""
        text = "svc -> s0\n" + "".join(f"s{n} -> s{n + 1}\n" for n in range(1_499))
        built = estate(text, {"svc": SERVICE})
        answer = ask(built, explain=[built.id("svc")])
        assert answer.unavailability == pytest.approx(-math.expm1(1_500 * math.log1p(-8 / 4008)))
        assert answer.defaults_used == 1_500
        assert answer.explanation

    def test_a_retired_item_has_no_availability(self, estate: Any) -> None:
        """Asked about by name it is an error that says why."""
        built = estate("svc -> a", figures(a=0.01) | {"old": {"status": "retired"}})
        with pytest.raises(UsageError, match="out of service"):
            availability_of(built.snapshot, [built.id("old")])
        with pytest.raises(UsageError, match="no item"):
            availability_of(built.snapshot, ["nosuch"])

    def test_an_empty_estate_says_so(self, estate: Any) -> None:
        """No services: no rows, and a word about it."""
        finding = availability_of(estate("a").snapshot)
        assert len(finding.services) == 0
        assert "no service is in service" in finding.warnings[0]

    def test_more_work_than_a_year_is_told(self, estate: Any) -> None:
        """Then windows cannot follow one another: they overlap at random."""
        items = figures(a=0.01, b=0.01)
        for name in "ab":
            items[name]["maintenance_hours_per_year"] = 5_000
        finding = availability_of((built := estate("svc -> a\nsvc -> b", items)).snapshot, [built.id("svc")])
        [answer] = finding.services
        up = (1 - 5000 / 8760) * 0.99
        assert not answer.experienced.one_at_a_time
        assert answer.experienced.availability == pytest.approx(up * up)
        assert [w for w in finding.warnings if "overlap at random" in w]

    def test_a_service_that_needs_itself_through_others(self, estate: Any) -> None:
        """Golden C2: a needs b or c, b needs a: mutual dependence alone brings nothing down."""
        items = figures(a=0.01, b=0.02, c=0.05)
        built = estate("a -> b | p\na -> c | p\nb -> a\nsvc -> a", items, a_p=1)
        assert f"{ask(built).unavailability:.5f}" == "0.01099"


class TestOverAllServices:
    """What many services owe to one item."""

    def test_what_many_services_stand_on_comes_first(self, estate: Any) -> None:
        """A small fault under three services costs more than a larger one under one; users weigh."""
        text = "".join(f"svc{n} -> shared\n" for n in "123") + "svc1 -> own\nsvc2 -> room"
        items = figures(shared=0.001, own=0.002) | {"room": {"class": "Room"}}
        items |= {f"svc{n}": dict(SERVICE) for n in "123"}
        finding = availability_of((built := estate(text, items)).snapshot)

        assert [each.name for each in finding.worst] == ["shared", "own"]
        [shared, own] = finding.worst
        assert (shared.services, own.services) == (3, 1)
        assert shared.service_minutes_per_year == pytest.approx((0.998 + 2) * 0.001 * 525_600)
        assert shared.share + own.share == pytest.approx(1)
        assert [(each.name, each.basis) for each in finding.enter_first] == [("room", "no_data")]

        items["svc1"]["users"] = 1_000
        finding = availability_of((built := estate(text, items)).snapshot)
        assert [each.name for each in finding.worst] == ["own", "shared"]
        assert built.name_of(finding.services[0].id) == "svc1"

    def test_defaults_stand_by_the_downtime_they_cause(self, estate: Any) -> None:
        """Five at most, with the source of each default."""
        text = "".join(f"svc -> s{n}\n" for n in range(8)) + "svc -> app"
        items = figures() | {"app": {"class": "Application"}}
        finding = availability_of(estate(text, items).snapshot)

        # An application has .001996 and a server .001996: 2 of 1,002 and 8 of 4,008 hours are nearly the same.
        assert len(finding.enter_first) == 5
        assert {each.source for each in finding.enter_first} <= {"expert prior", "a table of servers"}
        assert finding.services[0].defaults_used == 9
        assert [each.name for each in finding.services[0].enter_first] == [each.name for each in finding.enter_first]


def test_the_answer_is_its_json_and_comes_back(estate: Any) -> None:
    """The contract's keys are there, and what was written can be read."""
    items = figures(a=0.01, b=0.01, switch=0.001) | {"room": {"class": "Room"}}
    built = estate(S1 + "svc -> room", items, svc_servers={"need": 1, "beta": 0.1})
    finding = availability_of(built.snapshot)
    text = finding.to_json()
    assert AvailabilityFinding.model_validate_json(text) == finding
    keys = {"id", "name", "availability", "method", "low", "high", "downtime_minutes_per_year", "defaults_used"}
    assert keys | {"basis", "target", "verdict"} <= finding.services.plain()[0].keys()
    assert not math.isnan(finding.services[0].availability)


def _knot(estate: Any, **service: Any) -> Any:
    """Three pairs that share members crosswise: no closed form, a decision diagram is needed."""
    text = "".join(f"svc -> {a} | p{n}\nsvc -> {b} | p{n}\n" for n, (a, b) in enumerate(("ab", "bc", "cd", "de", "ea")))
    items = figures(**dict.fromkeys("abcde", 0.1))
    items["svc"] |= service
    return estate(text, items, **{f"svc_p{n}": 1 for n in range(5)})


class TestNotExact:
    """A knot of redundancy that no diagram is made of in time: labelled, bounded, and no verdict it cannot bear."""

    @pytest.fixture
    def hurried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every diagram is out of reach."""
        from impact.availability import model

        monkeypatch.setattr(model, "Budget", partial(Budget, nodes=2, samples=1 << 14))

    @pytest.mark.usefixtures("hurried")
    def test_the_exact_figure_lies_within_the_bounds(self, estate: Any) -> None:
        """And the answer says that it is not exact, and how to have it exact."""
        exact = ask(_knot(estate))
        finding = availability_of((built := _knot(estate)).snapshot, [built.id("svc")], seconds=1e-9)
        [rough] = finding.services

        assert exact.method == "exact"
        assert rough.method in ("interval", "estimate")
        assert rough.low <= exact.availability <= rough.high
        assert rough.low < rough.high
        assert [warning for warning in finding.warnings if "not exact" in warning and "--budget" in warning]

    def test_where_paths_were_left_out_it_is_a_bound(self, estate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Down more often than in truth: a lower bound of the availability, which may meet a target, never miss one."""
        from impact.availability import model

        items = figures(a=0.01, b=0.01)
        for target, verdict in ((0.9, "met"), (0.9999, "undecided")):
            items["svc"]["availability_target"] = target
            built = estate("svc -> a\nsvc -> b", items)
            of = model.Structure.of
            with monkeypatch.context() as patched:
                shortened = replace(of(ImpactEngine.of(built.snapshot)), approximate=built.rows("a"))
                patched.setattr(model.Structure, "of", lambda engine, shortened=shortened: shortened)
                finding = availability_of(built.snapshot, [built.id("svc")])
            [answer] = finding.services
            assert (answer.method, answer.high, answer.verdict) == ("interval", 1, verdict)
            assert answer.low == answer.availability == pytest.approx(0.9801)
            assert [warning for warning in finding.warnings if "too many paths" in warning]

    @pytest.mark.usefixtures("hurried")
    def test_a_target_within_the_bounds_is_undecided(self, estate: Any) -> None:
        """Neither met nor missed."""
        rough = ask(_knot(estate), seconds=1e-9)
        middle = (rough.low + rough.high) / 2
        built = _knot(estate, availability_target=middle)
        again = ask(built, seconds=1e-9, explain=[built.id("svc")])

        assert again.verdict == "undecided"
        assert "between" in " ".join(again.explanation)
