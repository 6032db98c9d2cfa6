"""What may be said of an item, a relationship and a pool, and how it is checked.

Takes the raw values of one row, gives canonical values (plain JSON types, canonical numbers) or a list of what is
wrong, in words a person can act on. Units stand in each field's name.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from cmdb.model.need import Need
from cmdb.model.reliability import HOURS_PER_YEAR, RANGES, range_complaints
from cmdb.model.scalars import RawFloat, RawInt
from cmdb.model.vocabulary import Criticality, ReliabilityBasis, Status

__all__ = [
    "ITEM_TEXT_FIELDS",
    "ItemValues",
    "PoolValues",
    "RelationshipValues",
    "ValuesRefused",
    "check_item",
    "check_pool",
    "check_relationship",
    "encode",
    "encode_pool",
    "encode_relationship",
]


class ValuesRefused(ValueError):
    """Raised with every complaint about one row's values; `complaints` are sentences."""

    def __init__(self, complaints: list[str]) -> None:
        self.complaints = complaints
        super().__init__("; ".join(complaints))


def _fraction(given: object) -> object:
    """Read an availability: a fraction like 0.999, or text like "99.9%"."""
    if isinstance(given, str):
        text = given.strip()
        if text.endswith("%"):
            try:
                percent = float(text[:-1])
            except ValueError:
                raise ValueError("give a fraction like 0.999 or a text like '99.9%'") from None
            # Through decimal text, so that "99.9%" is 0.999 and not 0.9990000000000001.
            return float(f"{percent / 100:.15g}")
        given = text
    if isinstance(given, (int, float, str)) and not isinstance(given, bool):
        try:
            number = float(given)
        except ValueError:
            raise ValueError("give a fraction like 0.999 or a text like '99.9%'") from None
        if number > 1:
            raise ValueError(f"{given} is above 1; did you mean '{given}%'? Give a fraction, or write the percent sign")
        return number
    raise ValueError("give a fraction like 0.999 or a text like '99.9%'")


def _whole_if_whole(number: float) -> float | int:
    """Keep 2000.0 and 2000 one value, so that a format's way of writing numbers is no difference."""
    return int(number) if math.isfinite(number) and number == int(number) and abs(number) < 2**53 else number


Text = Annotated[str, Field(max_length=60_000)]
ShortText = Annotated[str, Field(max_length=1_000)]
Fraction = Annotated[float, BeforeValidator(_fraction), Field(ge=0, le=1), AfterValidator(_whole_if_whole)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False), AfterValidator(_whole_if_whole)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), AfterValidator(_whole_if_whole)]
YearlyHours = Annotated[float, Field(ge=0, le=HOURS_PER_YEAR, allow_inf_nan=False), AfterValidator(_whole_if_whole)]
Count = Annotated[int, Field(ge=0, le=2**53)]
PoolName = Annotated[str, Field(min_length=1, max_length=200)]


class ItemValues(TypedDict, total=False):
    """What one source may say of an item beside its class and name; a null withdraws what it said before."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    status: Status | None
    environment: ShortText | None
    criticality: Criticality | None
    users: Count | None
    usage: Annotated[list[Amount], Field(min_length=168, max_length=168)] | None
    description: Text | None
    owner: ShortText | None
    support_group: ShortText | None
    location: ShortText | None
    serial_number: ShortText | None
    asset_tag: ShortText | None
    cloud_id: ShortText | None
    fqdn: ShortText | None
    ip: ShortText | None
    mac: ShortText | None
    manufacturer: ShortText | None
    model: ShortText | None
    availability: Fraction | None
    mtbf_hours: Positive | None
    mtbf_low_hours: Positive | None
    mtbf_high_hours: Positive | None
    mttr_hours: Amount | None
    mttr_low_hours: Positive | None
    mttr_high_hours: Positive | None
    reliability_basis: ReliabilityBasis | None
    maintenance_hours_per_year: YearlyHours | None
    availability_target: Fraction | None
    service_hours: ShortText | None
    downtime_budget_minutes: Amount | None
    load: Amount | None
    capacity: Amount | None
    restore_minutes: Amount | None
    rto_minutes: Amount | None
    rpo_minutes: Amount | None
    yearly_cost: Amount | None
    attributes: dict[str, Any] | None


class RelationshipValues(TypedDict, total=False):
    """What one source may say of a relationship beside its ends, type and key."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    pools: list[PoolName] | None
    required: bool
    lasts_minutes: Positive | None
    standby: bool | None
    attributes: dict[str, Any] | None


class PoolValues(TypedDict, total=False):
    """What one source may say of a pool beside its consumer and name.

    `assumed` marks a need that nobody stated; `evidence` says where membership was read; `beta` is the part of its
    members' unavailability, from 0 to 1, that strikes all of them at once.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    need: Any
    full: Any
    switch_minutes: Amount | None
    beta: Fraction | None
    assumed: bool
    evidence: Text | None
    confirmed_members: Count | None


ITEM_TEXT_FIELDS: Final = frozenset(
    [
        "environment",
        "description",
        "owner",
        "support_group",
        "location",
        "serial_number",
        "asset_tag",
        "cloud_id",
        "fqdn",
        "ip",
        "mac",
        "manufacturer",
        "model",
        "service_hours",
        "status",
        "criticality",
    ]
)
_ITEM = TypeAdapter(ItemValues)
_RELATIONSHIP = TypeAdapter(RelationshipValues)
_POOL = TypeAdapter(PoolValues)
_FREE_TEXTS: Final = ITEM_TEXT_FIELDS - {"status", "criticality"}
_SHORT: Final = 1_000  # characters, allowed in every text field
_WORD: Final = 32  # characters of what may be said by many rows: a status, an availability
_REMEMBERED: Final = 16_384


def _unspelt(value: object) -> object:
    """Turn a number that remembers its spelling into the number, where a file has it deep in its attributes."""
    if isinstance(value, RawInt):
        return int(value)
    if isinstance(value, RawFloat):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no JSON type")


_ENCODER = msgspec.json.Encoder(order="deterministic", enc_hook=_unspelt)


def encode(value: object) -> bytes:
    """Return canonical JSON: keys sorted, no blanks. Equal values have equal bytes."""
    return _ENCODER.encode(value)


def check_item(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the canonical values of an item row; raises ValuesRefused with every complaint.

    Numbers stand as text where text is due: what a YAML file writes as 0123 or 1e3 is kept as it was written.
    """
    taken: dict[str, Any] = {}
    try:
        # Nearly every value is a short text, or was seen before: those cost a look-up, and no validation.
        for key, value in given.items():
            kind = type(value)
            if kind is str and key in _FREE_TEXTS and len(value) <= _SHORT:
                taken[key] = value
            elif kind is int or kind is float or (kind is str and len(value) <= _WORD):
                taken[key] = _item_value(key, value)
            elif kind is dict and key == "attributes" and all(type(name) is str for name in value):
                taken[key] = value
            else:
                return _consistent(_ITEM.validate_python(given))
    except ValidationError:
        pass
    else:
        return _consistent(taken)
    as_text = {key: _written(value) if key in ITEM_TEXT_FIELDS else value for key, value in given.items()}
    return _consistent(_checked(_ITEM, as_text, _item_fields()))


def _consistent(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that contradict each other nowhere; each was found good by itself."""
    if not RANGES.isdisjoint(values):
        complaints = range_complaints(values)
        if complaints:
            raise ValuesRefused(complaints)
    return values  # type: ignore[return-value]


def check_relationship(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the canonical values of a relationship row; raises ValuesRefused with every complaint."""
    values = _checked(_RELATIONSHIP, given, tuple(RelationshipValues.__annotations__))
    pools = values.get("pools")
    if pools is not None:
        values["pools"] = sorted(set(pools))
    return values


def check_pool(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the canonical values of a pool row; raises ValuesRefused with every complaint."""
    values = _checked(_POOL, given, tuple(PoolValues.__annotations__))
    complaints = []
    for field in ("need", "full"):
        if values.get(field) is not None:
            try:
                values[field] = Need.parse(values[field]).stored()
                if field == "full" and values[field] == "capacity":
                    complaints.append("full is 'capacity': only the need can follow the load; give a count or a share")
            except ValueError as error:
                complaints.append(str(error).replace("need is", f"{field} is", 1))
    if complaints:
        raise ValuesRefused(complaints)
    return values


def encode_relationship(given: Mapping[str, Any]) -> bytes:
    """Return canonical JSON of a relationship's values; raises ValuesRefused. Repeated values cost a look-up.

    `pool`, one name or a list of names, may stand for `pools`.
    """
    return _remembered(_relationship_bytes, given)


def encode_pool(given: Mapping[str, Any]) -> bytes:
    """Return canonical JSON of a pool's values; raises ValuesRefused. Repeated values cost a look-up."""
    # A need is read as it was spelt, and equal numbers may be spelt in two ways.
    if type(given.get("need")) in (int, str) and type(given.get("full")) in (int, str, type(None)):
        return _remembered(_pool_bytes, given)
    return encode(check_pool(given))


def _remembered(bytes_of: functools._lru_cache_wrapper[bytes], given: Mapping[str, Any]) -> bytes:
    try:
        return bytes_of(tuple(given), *given.values())
    except TypeError:  # a list or a mapping cannot be looked up
        return bytes_of.__wrapped__(tuple(given), *given.values())


# `typed`, for 1 and True are equal and yet not the same value. What is refused is not remembered.
@functools.lru_cache(maxsize=_REMEMBERED, typed=True)
def _item_value(field: str, value: float | str) -> Any:
    return _ITEM.validate_python({field: value})[field]  # type: ignore[literal-required]


@functools.lru_cache(maxsize=_REMEMBERED, typed=True)
def _relationship_bytes(fields: tuple[str, ...], *values: Any) -> bytes:
    given = dict(zip(fields, values, strict=True))
    if "pool" in given and "pools" not in given:
        pool = given.pop("pool")
        given["pools"] = [] if pool is None else [pool] if isinstance(pool, str) else pool
    return encode(check_relationship(given))


@functools.lru_cache(maxsize=_REMEMBERED, typed=True)
def _pool_bytes(fields: tuple[str, ...], *values: Any) -> bytes:
    return encode(check_pool(dict(zip(fields, values, strict=True))))


@functools.cache
def _item_fields() -> tuple[str, ...]:
    return tuple(ItemValues.__annotations__)


def _written(value: object) -> object:
    """Return a scalar as it was written, for a field that holds text."""
    raw = getattr(value, "raw", None)
    if raw is not None:
        return raw
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _checked(adapter: TypeAdapter[Any], given: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    try:
        return adapter.validate_python(given)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise ValuesRefused([_complaint(dict(each), fields) for each in error.errors()]) from None


def _complaint(error: dict[str, Any], fields: tuple[str, ...]) -> str:
    """Turn one pydantic error into a sentence with what to do."""
    where = ".".join(str(part) for part in error["loc"] if part not in ("function-before", "constrained-str"))
    if error["type"] == "extra_forbidden":
        return f"unknown field {where!r}; put what the record has no field for under 'attributes'"
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    shown = repr(error.get("input"))
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if error["type"] == "literal_error":
        return f"{where} is {shown}; it must be one of {message}"
    return f"{where} is {shown}: should be {message}" if "should be" in error["msg"] else f"{where}: {message}"
