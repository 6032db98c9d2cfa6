"""The steps of a hypothesis, as a person states them: items by any name, nothing looked up yet.

In come plain values of a file or of options; out come checked steps, or complaints in words.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

__all__ = [
    "STEPS",
    "AddItem",
    "AddMember",
    "Down",
    "Hypothesis",
    "Need",
    "Pair",
    "Perfect",
    "Relate",
    "Remove",
    "SetValues",
    "Step",
    "StepRefused",
    "Unrelate",
    "schema_of_file",
    "step_of",
]


class StepRefused(ValueError):
    """Raised for a step that cannot be understood; the message is a sentence with what to do."""


class Step(BaseModel):
    """One thing supposed. `shorthand` is the field that a text alone stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: ClassVar[str]
    shorthand: ClassVar[str | None] = None


class _OneItem(Step):
    shorthand = "item"

    item: str = Field(min_length=1, description="The item, by any of its names.")


class Down(_OneItem):
    """The item is down for as long as the question asks about."""

    kind = "down"


class Perfect(_OneItem):
    """The item never fails by itself; what it requires may still bring it down."""

    kind = "perfect"


class Remove(_OneItem):
    """The item is out of service for good, as if retired."""

    kind = "remove"


class SetValues(Step):
    """The item has other values: those that analyses read."""

    kind = "set"

    item: str = Field(min_length=1)
    values: dict[str, Any] = Field(min_length=1, description="Fields of the inventory format, such as mtbf_hours.")


class Need(Step):
    """A pool needs another number of members up."""

    kind = "need"

    consumer: str = Field(min_length=1)
    pool: str = Field(min_length=1)
    need: int | str = Field(description="A count, or a percentage such as 50%.")


class _Copy(Step):
    """What copies of an item have in common."""

    name: str | None = Field(default=None, min_length=1, description="What the copy is called; else we name it.")
    on: str | None = Field(
        default=None, min_length=1, description="What the copy stands on in place of what the original stands on."
    )
    instead_of: str | None = Field(
        default=None,
        min_length=1,
        description="Which of the original's providers `on` replaces; else that of its class.",
    )

    @model_validator(mode="after")
    def _replaces_by_something(self) -> Self:
        if self.instead_of is not None and self.on is None:
            raise ValueError("instead_of says what is replaced, on says by what: give both")
        return self


class AddItem(_Copy):
    """An item like another: its values, what it requires and how it is cabled; nobody requires it yet."""

    kind = "add_item"
    shorthand = "like"

    like: str = Field(min_length=1)


class Pair(_Copy):
    """The item is doubled: whoever requires it by itself requires it or its copy."""

    kind = "pair"
    shorthand = "item"

    item: str = Field(min_length=1)


class AddMember(_Copy):
    """A pool has a member more: an item there is, or a copy of one."""

    kind = "add_member"

    consumer: str = Field(min_length=1)
    pool: str = Field(min_length=1)
    item: str | None = Field(default=None, min_length=1)
    like: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.item is None) == (self.like is None):
            raise ValueError("give either item (an item there is) or like (a copy of one)")
        if self.item is not None and (self.name, self.on) != (None, None):
            raise ValueError("name and on are for a copy: give like in place of item")
        return self


class _Link(Step):
    start: str = Field(alias="from", min_length=1)
    type: str = Field(min_length=1)
    end: str = Field(alias="to", min_length=1)
    key: str = ""


class Relate(_Link):
    """A relationship more."""

    kind = "relate"

    pool: str | list[str] | None = Field(default=None, description="The pools of the consumer it is a member of.")


class Unrelate(_Link):
    """A relationship less."""

    kind = "unrelate"


STEPS: Final[dict[str, type[Step]]] = {
    each.kind: each for each in (AddItem, AddMember, Pair, Relate, Unrelate, Remove, SetValues, Need, Perfect, Down)
}
"""Every kind of step, in the order in which options of a command line are taken."""


class Hypothesis(BaseModel):
    """What is supposed: steps, taken in their order, so that a later one may name what an earlier one added."""

    model_config = ConfigDict(frozen=True)

    title: str = ""
    steps: tuple[Step, ...] = ()


def step_of(kind: str, given: object) -> Step:
    """Return the step of that kind that plain values state; raises StepRefused.

    >>> step_of("down", "esx1")
    Down(item='esx1')
    >>> step_of("set", {"item": "db1", "mtbf_hours": 5000})
    SetValues(item='db1', values={'mtbf_hours': 5000})
    """
    model = STEPS.get(kind)
    if model is None:
        raise StepRefused(f"there is no step {kind!r}; there are {', '.join(STEPS)}")
    given = _text(given)
    if isinstance(given, str) and model.shorthand is not None:
        given = {model.shorthand: given}
    if not isinstance(given, dict):
        raise StepRefused(f"{kind} is {str(given)[:60]!r}: it must be a mapping of {', '.join(_fields(model))}")
    values = {name: value if kind == "set" else _text(value) for name, value in given.items()}
    if kind == "set":
        values = _set_values(values)
    elif kind == "need" and not isinstance(given.get("need"), str):
        values["need"] = given.get("need")
    try:
        return model.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise StepRefused("; ".join(_complaint(kind, model, dict(each)) for each in error.errors())) from None


def _text(value: object) -> object:
    """Return a number as it was written, for names may look like numbers."""
    raw = getattr(value, "raw", None)
    if raw is not None:
        return raw
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _set_values(given: dict[str, Any]) -> dict[str, Any]:
    """Fold `{item: .., mtbf_hours: ..}` into item and values, checked as an inventory's are."""
    from cmdb.model.values import ValuesRefused, check_item

    rest = {name: value for name, value in given.items() if name != "item"}
    try:
        values = dict(check_item(rest))
    except ValuesRefused as refused:
        raise StepRefused("; ".join(refused.complaints)) from None
    return {"item": _text(given.get("item")), "values": values}


def _fields(model: type[Step]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _complaint(kind: str, model: type[Step], error: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{kind} knows no {where!r}; it knows {', '.join(_fields(model))}"
    if error["type"] == "missing":
        return f"{kind} has no {where}: it must say one"
    message = error["msg"].removeprefix("Value error, ")
    return f"{kind}: {message}" if not where else f"{kind}: {where} is {error.get('input')!r}: {message}"


def schema_of_file() -> dict[str, Any]:
    """Return the JSON Schema of a file of steps; what a step may set is described by the inventory's."""
    kinds: dict[str, Any] = {}
    for kind, model in STEPS.items():
        described = model.model_json_schema()
        if kind == "set":
            described["properties"].pop("values")
            described |= {"required": ["item"], "additionalProperties": True}
        text = [{"type": "string"}] if model.shorthand is not None else []
        kinds[kind] = {"anyOf": [*text, described]}
    step = {
        "type": "object",
        "properties": kinds,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {
        "title": "cmdb hypothesis",
        "type": "object",
        "required": ["what_if", "steps"],
        "additionalProperties": False,
        "properties": {
            "what_if": {"const": 1, "description": "Says what the file is."},
            "title": {"type": "string"},
            "steps": {"type": "array", "minItems": 1, "items": step},
        },
    }
