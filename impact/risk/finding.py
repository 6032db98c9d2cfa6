"""The answer about a change's risk. Its JSON is the contract of the command line (design, section 7).

`impact.risk.answer` fills it; frontends show and keep it. Losses are weighted user-hours.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SkipValidation

from impact.finding import Finding, ImpactFinding, Row
from impact.risk.formula import Band

__all__ = ["AffectedService", "FloorRow", "MissingRow", "ReasonRow", "RiskFinding", "StepsRow"]


class ReasonRow(Row):
    """One reason: the points by which the score would fall were this factor at its best."""

    factor: str
    points: float
    kind: Literal["procedural", "structural"]
    text: str


class FloorRow(Row):
    """A fact that no score may outweigh, and the least band that it leaves."""

    rule: str
    band: Band
    text: str
    schedulable: bool


class MissingRow(Row):
    """What nobody said, of what, and what stood in. It never lowered the band."""

    what: str
    of: str
    assumed: str


class StepsRow(Row):
    """Steps, and the score and band after them."""

    steps: list[str]
    score: float
    band: Band


class AffectedService(Row):
    """A service that gets worse by the change."""

    id: str
    name: str
    users: float = Field(description="Active in the slot; the most of any hour it touches.")
    weight: float = Field(description="Of its criticality: 1, 2, 4 or 8.")
    down: float = Field(description="Probability that it is down while the change has its items down.")
    down_if_fails: float = Field(description="The same where the change fails.")
    planned_minutes: float
    budget_left_minutes: float | None


class RiskFinding(Finding):
    """How risky a change is, and why."""

    revision: int
    revision_at: str
    number: str | None = Field(description="Null for a change that is not recorded.")
    title: str
    assessed_at: str
    headline: str
    score: float
    band: Band
    band_of_score: Band = Field(description="The band before floors.")
    failure_probability: float
    outage_minutes_if_fails: float
    expected_loss: float
    loss_if_fails: float
    budget_share: float | None
    likelihood: int = Field(description="1 to 5, of the matrix likelihood by impact.")
    impact_level: int = Field(description="1 to 5.")
    counts_as: str = Field(description="The type it was judged as.")
    schedulable: bool
    approvers: list[str] = Field(description="Roles that must each say yes.")
    reasons: list[ReasonRow]
    floors: list[FloorRow]
    missing: list[MissingRow]
    counterfactuals: list[StepsRow] = Field(description="Fewest steps a requester can take to reach a lower band.")
    structural: list[StepsRow] = Field(description="What changing the estate itself would do.")
    services: list[AffectedService]
    overlapping: list[str] = Field(description="Changes that overlap and share an affected service.")
    calendar: list[str] = Field(description="Freezes it is in, and maintenance windows it is outside of.")
    weights: str = Field(description="Where the weights of the formula come from.")
    model_version: str
    inputs: dict[str, Any] = Field(description="Every input of the formula, enough to compute it again.")
    impact: SkipValidation[ImpactFinding]
    warnings: list[str]

    def as_contract(self) -> dict[str, Any]:
        """Return the whole answer as plain values, in the names of the contract."""
        plain = self.model_dump(exclude={"impact"})
        plain["impact"] = self.impact.as_contract()
        return {name: plain[name] for name in type(self).model_fields}

    def to_json(self) -> bytes:
        """Return the contract's JSON."""
        import msgspec

        return msgspec.json.encode(self.as_contract())
