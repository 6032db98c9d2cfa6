"""`cmdb change settings`: the numbers behind a risk, where each comes from, and a site's own."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import click

from frontends.cli.answers import show_fact, show_rows
from frontends.cli.options import CmdbGroup, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["COMMANDS"]

_PRIOR: Final = "expert prior"


@click.group("settings", cls=CmdbGroup)
def settings() -> None:
    """The numbers behind a risk, and where each comes from.

    Weights are expert priors until a site sets its own, or calibration moves the intercept; every assessment says so.
    """


@settings.command("list")
@output_option()
@pass_session
def list_settings(session: Session, output: str) -> None:
    """Every number with its origin."""
    from frontends.cli.tables import Column

    with session.record() as record:
        found = record.circumstances().settings
    rows = [
        {"name": name, "value": getattr(found, name), "origin": found.origins.get(name, _PRIOR)}
        for name in found.__struct_fields__
        if name != "origins"
    ]
    columns = {"name": Column("name", fixed=True), "value": Column("value", right=True), "origin": Column("origin")}
    show_rows("settings", rows, columns, output)


@settings.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("value")
@output_option()
@pass_session
def set_one(session: Session, name: str, value: str, output: str) -> None:
    """Set one number; its origin is who set it and when."""
    import msgspec

    from cmdb.errors import UsageError
    from cmdb.model.circumstances import ChangeSettings
    from impact.timetable import zone_of

    names = [each for each in ChangeSettings.__struct_fields__ if each != "origins"]
    if name not in names:
        raise UsageError(f"there is no setting {name!r}; there are {', '.join(names)}")
    with session.record() as record:
        shelf = record.shelves().settings
        kept = shelf.find("site")
        before = kept.value if kept is not None else ChangeSettings()
        plain: dict[str, Any] = {**msgspec.to_builtins(before), name: value}
        plain["origins"] = {**before.origins, name: f"set by {record.settings.actor().name} on {dt.date.today()}"}
        try:
            made = msgspec.convert(plain, ChangeSettings, strict=False)
        except msgspec.ValidationError as error:
            raise UsageError(f"{name} cannot be {value!r}: {error}") from None
        number = getattr(made, name)
        if isinstance(number, float | int) and not (abs(number) < 1e12 and (number >= 0 or name in _SIGNED)):
            raise UsageError(f"{name} cannot be {value}: give a number of 0 or more")
        if name in _ABOVE_ZERO and not number > 0:
            raise UsageError(f"{name} cannot be {value}: give a number above 0")
        if name == "zone":
            zone_of(value)
        with session.changing():
            shelf.put("site", made, upon=0 if kept is None else kept.paper.version, note=f"{name} = {value}")
    said = {"name": name, "value": number, "before": getattr(before, name)}
    show_fact(said, f"{name} is {number} from now on; it was {getattr(before, name)}.", output)


_SIGNED: Final = ("standard_term", "intercept")
_ABOVE_ZERO: Final = ("half_life_days", "prior_changes", "prior_failures", "shrinkage", "loss_at_full_score", "reserve")

COMMANDS: Final = {"settings": settings}
"""The subcommands of this module."""
