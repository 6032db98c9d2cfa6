"""`--set field=value` and its kin, turned into the values of an item. What a value may be is the record's affair."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

__all__ = ["field_values"]


def field_values(
    given: Sequence[str], attributes: Sequence[str] = (), unset: Sequence[str] = (), option: str = "--set"
) -> dict[str, Any]:
    """Return the values that were given as `name=text`, or as `name:=JSON` where text will not do.

    `attributes` go under `attributes`; a field in `unset` is withdrawn (None). Raises UsageError for a field that
    is given twice, or says nothing.
    """
    values: dict[str, Any] = {}
    for text in given:
        name, value = _parted(text, option)
        if name in values:
            raise click.UsageError(f"{name} is given twice; say it once")
        values[name] = value
    own: dict[str, Any] = {}
    for text in attributes:
        name, value = _parted(text, "--attribute")
        if name in own:
            raise click.UsageError(f"attribute {name} is given twice; say it once")
        own[name] = value
    if own:
        if "attributes" in values:
            raise click.UsageError("attributes are given with --set and with --attribute; choose one of them")
        values["attributes"] = own
    for name in unset:
        if name in values:
            raise click.UsageError(f"{name} is both set and unset; say which")
        values[name] = None
    return values


def _parted(text: str, option: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name.strip(" :"):
        raise click.UsageError(f"{option} {text!r} is not of the form name=value")
    if name.endswith(":"):
        try:
            return name[:-1].strip(), json.loads(value)
        except ValueError as error:
            raise click.UsageError(f"{option} {text!r}: what follows := is no JSON ({error})") from None
    if not value:
        raise click.UsageError(f"{option} {text!r} says nothing; to withdraw a value use --unset {name.strip()}")
    return name.strip(), value
