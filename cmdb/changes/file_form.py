"""The form of a change file: its keys, and what each may hold. Also its published JSON Schema.

Items are named as a person names them; whoever reads the file looks them up.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cmdb.model.change import Action, ChangeType

__all__ = ["BackOutForm", "ChangeForm", "StepForm", "schema_of_change_file"]


def _as_written(value: object) -> object:
    """Return a number as it was written, for names and titles may look like numbers."""
    raw = getattr(value, "raw", None)
    if raw is not None:
        return raw
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it must be a number of minutes, such as 30")  # noqa: TRY004 - pydantic wants ValueError
    return value


def _days(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("it must be a number of days, such as 5")  # noqa: TRY004 - pydantic wants ValueError
    return value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) or hasattr(value, "raw") else value


Name = Annotated[str, BeforeValidator(_as_written), Field(min_length=1, max_length=1_000, pattern=r"\S")]
Text = Annotated[str, BeforeValidator(_as_written), Field(max_length=60_000)]
Minutes = Annotated[float, BeforeValidator(_number), Field(ge=0, le=10_000_000, allow_inf_nan=False)]
Days = Annotated[float, BeforeValidator(_days), Field(ge=0, le=10_000, allow_inf_nan=False)]
Names = Annotated[list[Name], BeforeValidator(_listed)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class StepForm(_Form):
    """One thing done to one item."""

    item: Name = Field(description="The item, by any of its names.")
    action: Action = Field("outage", description="at_risk: it stays up, unless the change fails.")
    offset: Minutes = Field(
        0.0, description="Minutes after the start; one by one: after the end of the step before it."
    )
    minutes: Minutes | None = Field(
        None, description="How long; not said: the planned outage, else to the end of the window."
    )
    replacement: Name | None = Field(None, alias="with", description="What takes its place, for action replace.")


class BackOutForm(_Form):
    """The back-out plan."""

    state: Literal["tested", "written", "none"] = Field("none", description="tested needs when or reference.")
    minutes: Minutes | None = Field(None, description="How long backing out takes.")
    tested_on: Name | None = Field(None, alias="when", description="When it was tested, such as 2026-11-20.")
    reference: Name | None = Field(None, description="Where the test is recorded.")
    text: Text = ""


class ChangeForm(_Form):
    """A change request as a file states it; everything but title and items is optional."""

    title: Name = Field(description="What is to be done, in a line.")
    type: ChangeType = "normal"
    model: Name | None = Field(None, description="A pre-approved change model, for standard changes.")
    items: list[StepForm] = Field(min_length=1, max_length=100_000)
    sequence: Literal["together", "one_by_one"] = "together"
    start: Name | None = Field(None, description="ISO 8601 with its offset, or local time of the zone.")
    end: Name | None = Field(None, description="ISO 8601 with its offset, or local time of the zone.")
    zone: Name | None = Field(None, description="The zone in which its times are told, such as Europe/Oslo.")
    planned_outage_minutes: Minutes | None = None
    team: Name | None = None
    assignees: Names = []
    requester: Name | None = Field(None, description="Who asks for it; not said: who enters it.")
    implementation: Text = ""
    tests: Literal["full", "partial", "none"] = "none"
    test_plan: Text = ""
    back_out: BackOutForm = Field(default_factory=lambda: BackOutForm.model_validate({}))
    justification: Text = ""
    risk_of_not_doing: Text = ""
    required_lead_days: Days | None = None


def schema_of_change_file() -> dict[str, Any]:
    """Return the JSON Schema of a change file; an item alone may be a text, and so may the back-out plan's state."""
    described = ChangeForm.model_json_schema(by_alias=True)
    described["title"] = "cmdb change file"
    step = described["properties"]["items"]["items"]
    described["properties"]["items"]["items"] = {"anyOf": [{"type": "string", "minLength": 1}, step]}
    back_out = described["properties"]["back_out"]
    states = described["$defs"]["BackOutForm"]["properties"]["state"]["enum"]
    described["properties"]["back_out"] = {
        "anyOf": [{"enum": states}, {key: value for key, value in back_out.items() if key != "default"}]
    }
    names = described["properties"]["assignees"]
    described["properties"]["assignees"] = {"anyOf": [{"type": "string", "minLength": 1}, names]}
    return described
