"""The worked examples of the shared mathematics: A, one of three; B, a database alone; C, B prepared."""

from __future__ import annotations

import random

from msgspec.structs import replace

from impact.risk.inputs import Group, History, RiskInputs, ServiceLoss

ALL = {"failed": 8.0, "total": 180.0}

A = RiskInputs(
    history=History(**ALL, groups=(Group("class", "Server", 1, 40, 1, 40), Group("team", "web", 2, 60, 2, 60))),
    type="standard",
    back_out="tested",
    back_out_minutes=20,
    tests="full",
    lead_days=5,
    required_lead_days=5,
    services=(ServiceLoss("intranet", "Intranet", 2, 150, 0.002, 15, budget_left_minutes=300),),
)
B = RiskInputs(
    history=History(**ALL, groups=(Group("class", "Database", 3, 12, 3, 12), Group("team", "database", 3, 30, 3, 30))),
    back_out="written",
    back_out_minutes=45,
    tests="partial",
    lead_days=2,
    required_lead_days=5,
    concurrent=1,
    services=(ServiceLoss("mail", "E-mail", 8, 400, 1.0, 30, quietest_users=20, budget_left_minutes=120),),
)
C = replace(
    B,
    back_out="tested",
    tests="full",
    lead_days=5.0,
    concurrent=0,
    services=(replace(B.services[0], users=20),),
)


def made(draw: random.Random) -> RiskInputs:
    """Return inputs at random, every corner among them."""
    failed = draw.randint(0, 40)
    groups = []
    for kind in ("class", "class", "team", "model"):
        if draw.random() < 0.7:
            of_group = draw.randint(0, failed)
            groups.append(Group(kind, str(len(groups)), of_group, of_group + draw.randint(0, 60)))  # type: ignore[arg-type]
    return RiskInputs(
        history=History(failed, failed + draw.randint(0, 400), tuple(groups)),
        type=draw.choice(("standard", "normal", "emergency")),
        back_out=draw.choice(("tested", "written", "none")),
        back_out_minutes=draw.choice((None, 0.0, 5.0, 45.0, 400.0)),
        tests=draw.choice(("full", "partial", "none")),
        lead_days=draw.choice((0.0, 1.0, 4.0, 9.0)),
        required_lead_days=draw.choice((0.0, 2.0, 5.0)),
        concurrent=draw.randint(0, 5),
        mttr_minutes=draw.choice((10.0, 60.0, 240.0)),
        services=tuple(
            ServiceLoss(
                str(at),
                str(at),
                draw.choice((1, 2, 4, 8)),
                draw.choice((0, 1, 30, 4000)),
                draw.choice((0.0, 0.002, 0.3, 0.999, 1.0)),
                draw.choice((0.0, 15.0, 300.0)),
                budget_left_minutes=draw.choice((None, 1.0, 100.0)),
            )
            for at in range(draw.randint(0, 2))
        ),
    )
