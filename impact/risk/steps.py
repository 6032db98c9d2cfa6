"""What would make a change less risky: each factor of the score, and the inputs with that factor at its best.

Takes `RiskInputs`, gives `Factor`s. *Procedural* is what the requester can do; *structural* what the estate lacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from impact.risk.floors import CERTAIN, worst_down
from impact.risk.formula import groups_that_count
from impact.risk.inputs import PEER, History, RiskInputs, ServiceLoss

__all__ = ["FACTORS", "Factor"]


class Factor(NamedTuple):
    """One factor of the score. `step` is what to do about it; None for what nobody can do before the change.

    `benign` gives the inputs with this factor at its reference, the same inputs where it is there already.
    """

    name: str
    kind: Literal["procedural", "structural"]
    step: str | None
    text: Callable[[RiskInputs], str]
    benign: Callable[[RiskInputs], RiskInputs]


def _redundant(inputs: RiskInputs) -> RiskInputs:
    services = tuple(_with_peer(each) if worst_down(each) >= CERTAIN else each for each in inputs.services)
    return replace(inputs, services=services)


def _with_peer(each: ServiceLoss) -> ServiceLoss:
    least = PEER if each.peer_down is None else each.peer_down
    failed = None if each.down_if_fails is None else min(each.down_if_fails, least)
    return replace(each, down=min(each.down, least), down_if_fails=failed)


def _quiet(inputs: RiskInputs) -> RiskInputs:
    services = tuple(
        each if each.quietest_users is None else replace(each, users=min(each.users, each.quietest_users))
        for each in inputs.services
    )
    return replace(inputs, services=services)


def _plain_history(inputs: RiskInputs) -> RiskInputs:
    return replace(inputs, history=History(inputs.history.failed, inputs.history.total))


def _tested(inputs: RiskInputs) -> RiskInputs:
    return replace(inputs, back_out="tested")


def _calm(inputs: RiskInputs) -> RiskInputs:
    return replace(inputs, type="normal") if inputs.type == "emergency" else inputs


def _told_history(inputs: RiskInputs) -> str:
    counted = [group for group, _ in groups_that_count(inputs.history, inputs.settings)]
    told = [
        f"{'changes by ' if each.kind == 'team' else ''}{each.name}{'' if each.kind == 'team' else ' changes'} "
        f"failed {each.told_failed} of {each.told_total} times"
        for each in counted
        if each.told_total
    ]
    return "; ".join(told) or "changes like this one have no history of their own"


def _told_single(inputs: RiskInputs) -> str:
    names = [each.name for each in inputs.services if worst_down(each) >= CERTAIN]
    more = f" and {len(names) - 3} more" if names[3:] else ""
    return f"nothing takes over for {', '.join(names[:3])}{more}"


def _told_users(inputs: RiskInputs) -> str:
    users = sum(each.users for each in inputs.services)
    return f"{users:,.0f} {'user' if round(users) == 1 else 'users'} active in the chosen slot"


def _told_back_out(inputs: RiskInputs) -> str:
    return "the back-out plan is written but untested" if inputs.back_out == "written" else "there is no back-out plan"


def _told_tests(inputs: RiskInputs) -> str:
    return "tests are partial" if inputs.tests == "partial" else "there are no tests"


def _told_lead(inputs: RiskInputs) -> str:
    return f"{inputs.lead_days:.3g} of {inputs.required_lead_days:.3g} days' lead time"


def _told_concurrent(inputs: RiskInputs) -> str:
    many = inputs.concurrent
    return f"{many} overlapping {'change shares' if many == 1 else 'changes share'} an affected service"


def _told_budget(inputs: RiskInputs) -> str:
    return "downtime budget is nearly spent"


FACTORS: Final[tuple[Factor, ...]] = (
    Factor("redundancy", "structural", "add a redundant peer", _told_single, _redundant),
    Factor("slot", "procedural", "move to the quietest slot", _told_users, _quiet),
    Factor("history", "structural", None, _told_history, _plain_history),
    Factor("back_out", "procedural", "test the back-out plan", _told_back_out, _tested),
    Factor(
        "lead", "procedural", "give full lead time", _told_lead, lambda it: replace(it, lead_days=it.required_lead_days)
    ),
    Factor(
        "concurrency", "procedural", "have no concurrent change", _told_concurrent, lambda it: replace(it, concurrent=0)
    ),
    Factor("tests", "procedural", "complete the tests", _told_tests, lambda it: replace(it, tests="full")),
    Factor("type", "procedural", "make it a normal change", lambda it: "it is an emergency", _calm),
    Factor(
        "freeze",
        "procedural",
        "leave the freeze",
        lambda it: "it falls inside a freeze",
        lambda it: replace(it, in_freeze=False),
    ),
)
"""Every factor. Seven are steps a requester can take: at most 128 combinations are tried."""
