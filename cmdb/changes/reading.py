"""Change requests as people state them: plain values of a file or of options, checked and looked up.

In comes a mapping, out goes a `ChangeRequest`, or a `ChangeRefused` that names the key and what to do. Opens no file:
that is the affair of whoever was given one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from cmdb.changes.file_form import BackOutForm, ChangeForm, StepForm
from cmdb.errors import CmdbError, UsageError
from cmdb.model.change import BackOut, ChangeRequest, Step

__all__ = ["ChangeRefused", "Resolve", "request_of", "time_in"]

Resolve = Callable[[str], str]
"""From an item's name to its record id; raises ItemNotFound, ItemAmbiguous or EditRefused."""


class ChangeRefused(UsageError):
    """A change that cannot be meant; `key` is the one at fault, such as `items[2].minutes`."""

    def __init__(self, key: str, message: str, *, exit_code: int = 2) -> None:
        self.key = key
        self.message = message
        self.exit_code = exit_code
        super().__init__(f"{key}: {message}" if key else message)


def request_of(given: object, resolve: Resolve) -> ChangeRequest:
    """Return the change request that plain values state; raises ChangeRefused for the first thing that is wrong.

    >>> request_of({"title": "Patch", "items": ["db1"]}, lambda name: name.upper()).steps
    (Step(item='DB1', action='outage', offset=0.0, minutes=None, replacement=None),)
    """
    form = _form(given)
    zone = _zone(form.zone)
    start, end = _times(form, zone)
    steps = tuple(_step(each, f"items[{at}]", resolve) for at, each in enumerate(form.items, 1))
    said = {name: getattr(form, name) for name in _AS_THEY_ARE}
    return ChangeRequest(
        steps=steps,
        start=start,
        end=end,
        back_out=BackOut(**{name: getattr(form.back_out, name) for name in BackOutForm.model_fields}),
        assignees=tuple(form.assignees),
        **said,
    )


_AS_THEY_ARE = (
    *("title", "type", "model", "sequence", "zone", "planned_outage_minutes", "team", "requester", "implementation"),
    *("tests", "test_plan", "justification", "risk_of_not_doing", "required_lead_days"),
)


def _form(given: object) -> ChangeForm:
    if not isinstance(given, Mapping):
        raise ChangeRefused("", "a change is a mapping of keys: it needs a title and items")
    values = dict(given)
    if isinstance(values.get("items"), str | Mapping):
        values["items"] = [values["items"]]
    if isinstance(values.get("items"), list):
        values["items"] = [{"item": each} if _is_scalar(each) else each for each in values["items"]]
    if isinstance(values.get("back_out"), str):
        values["back_out"] = {"state": values["back_out"]}
    try:
        return ChangeForm.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise _refused(dict(error.errors()[0])) from None


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _refused(error: dict[str, Any]) -> ChangeRefused:
    *above, last = error["loc"] or ("",)
    key = _key(error["loc"])
    shown = repr(error.get("input"))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if error["type"] == "extra_forbidden":
        form = StepForm if "items" in above else BackOutForm if "back_out" in above else ChangeForm
        return ChangeRefused(key, f"there is no such key; there are {', '.join(_keys(form))}")
    if error["type"] == "missing":
        what = {"title": "say in a line what is to be done", "items": "list what it is done to"}.get(
            str(last), "it must be there"
        )
        return ChangeRefused(key, f"it is missing: {what}")
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if error["type"] == "literal_error":
        return ChangeRefused(key, f"it is {shown}, and must be one of {message}")
    if error["type"] in ("string_too_short", "string_pattern_mismatch"):
        return ChangeRefused(key, "it is empty: say something, or leave the key out")
    if error["type"] == "too_short":
        return ChangeRefused(key, "it is empty: name at least one item")
    return ChangeRefused(key, f"it is {shown}: {message}")


def _key(location: tuple[Any, ...]) -> str:
    """Return where an error is, as a person counts: the second item is items[2]."""
    key = ""
    for part in location:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return key


def _keys(form: type[ChangeForm | StepForm | BackOutForm]) -> list[str]:
    return [field.alias or name for name, field in form.model_fields.items()]


def _step(form: StepForm, key: str, resolve: Resolve) -> Step:
    if (form.action == "replace") is not (form.replacement is not None):
        if form.replacement is None:
            raise ChangeRefused(f"{key}.with", "it is missing: action replace needs the item that takes its place")
        raise ChangeRefused(f"{key}.with", f"action {form.action} has no successor; say action: replace, or leave it")
    item = _resolved(form.item, f"{key}.item", resolve)
    successor = None if form.replacement is None else _resolved(form.replacement, f"{key}.with", resolve)
    if successor == item:
        raise ChangeRefused(f"{key}.with", f"{form.replacement!r} is the item itself; name the one that replaces it")
    return Step(item, form.action, form.offset, form.minutes, successor)


def _resolved(name: str, key: str, resolve: Resolve) -> str:
    try:
        return resolve(name)
    except CmdbError as error:
        # A name that the record does not know is no wrong use of the command: it fails as it does everywhere else.
        raise ChangeRefused(key, str(error), exit_code=error.exit_code) from error


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ChangeRefused("zone", f"there is no time zone {name!r}; name one like Europe/Oslo or UTC") from None


def _times(form: ChangeForm, zone: ZoneInfo | None) -> tuple[str | None, str | None]:
    start = None if form.start is None else time_in(form.start, zone, "start")
    end = None if form.end is None else time_in(form.end, zone, "end")
    if end is not None and start is None:
        raise ChangeRefused("start", "it is missing, and end is there: say when it starts")
    if start is not None and end is not None and end <= start:
        said = f"{form.end} is not after start, {form.start}"
        raise ChangeRefused("end", f"{said}; set the end later, or correct the zone")
    return None if start is None else start.isoformat(), None if end is None else end.isoformat()


def time_in(text: str, zone: ZoneInfo | None, key: str) -> dt.datetime:
    """Return a time in ISO 8601, told in its zone where one is given; raises ChangeRefused.

    Without an offset it is local time of the zone; one that the clock skips, or shows twice, is refused.
    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ChangeRefused(key, f"{text!r} is no time; write it like 2026-11-26T22:00:00+01:00") from None
    if found.tzinfo is not None:
        return found if zone is None else found.astimezone(zone)
    if zone is None:
        raise ChangeRefused(
            key, f"{text!r} names no time zone; write the offset, {text}+01:00, or give zone: Europe/Oslo beside it"
        )
    first, second = (found.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise ChangeRefused(key, f"the clock of {zone.key} skips {text} that night; choose another time")
    if first.utcoffset() != second.utcoffset():
        raise ChangeRefused(
            key, f"the clock of {zone.key} shows {text} twice that night; say which by its offset: "
            f"{first.isoformat()} or {second.isoformat()}"
        )  # fmt: skip
    return first
