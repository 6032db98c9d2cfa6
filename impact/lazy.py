"""A list in a Finding whose rows are made when asked for.

Building 60,000 rows of models costs a second, the columns behind them nothing. To pydantic it is an ordinary list of
the row's model: in the JSON Schema, when it is written, and when it is read back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import GenericAlias
from typing import Any, Final, Generic, TypeAlias, TypeVar, get_args, overload

import msgspec
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from cmdb.model.collector import collector_paused

__all__ = ["LazyRows"]

RowT = TypeVar("RowT", bound=BaseModel)
Block: TypeAlias = Callable[[int, int], list[dict[str, Any]]]

_AT_A_TIME: Final = 1_024
"""Rows of the largest block."""


class LazyRows(Sequence[RowT], Generic[RowT]):
    """A sequence of `count` rows; `make(i)` gives row i as a plain dict with the names of the contract."""

    __slots__ = ("_block", "_count", "_grows", "_make", "_model")

    def __init__(self, model: type[RowT], count: int, make: Callable[[int], dict[str, Any]]) -> None:
        self._model = model
        self._count = count
        self._make = make
        self._block: Block = lambda start, stop: [make(at) for at in range(start, stop)]
        self._grows = 1
        """How much larger each block of an iteration is than the one before; 1: row by row."""

    @classmethod
    def in_blocks(cls, model: type[RowT], count: int, block: Block) -> LazyRows[RowT]:
        """Return rows that are made many at a time, which costs less: `block(start, stop)` gives plain dicts."""
        rows = cls(model, count, lambda index: block(index, index + 1)[0])
        rows._block, rows._grows = block, 2
        return rows

    @classmethod
    def of(cls, model: type[RowT], rows: Sequence[RowT]) -> LazyRows[RowT]:
        """Return rows that exist already."""
        return cls(model, len(rows), lambda index: rows[index].model_dump(by_alias=True))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> RowT: ...

    @overload
    def __getitem__(self, index: slice) -> list[RowT]: ...

    def __getitem__(self, index: int | slice) -> RowT | list[RowT]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._count)
            if step == 1:
                return list(map(self._model.model_validate, self._block(start, max(start, stop))))
            return [self._row(at) for at in range(start, stop, step)]
        at = index + self._count if index < 0 else index
        if not 0 <= at < self._count:
            raise IndexError(index)
        return self._row(at)

    def __iter__(self) -> Iterator[RowT]:
        # Blocks grow, so that whoever stops early has not made many rows in vain; some rows cost far more than others.
        start, size = 0, 1
        while start < self._count:
            yield from self[start : start + size]
            start, size = start + size, min(self._grows * size, _AT_A_TIME)

    def plain(self) -> list[dict[str, Any]]:
        """Return every row as a plain dict, without making models."""
        with collector_paused():
            return self._block(0, self._count)

    def to_json(self) -> bytes:
        """Return the JSON of the list, made some rows at a time so that they need not exist at once."""
        encode = msgspec.json.Encoder().encode
        blocks = (self._block(at, min(at + _AT_A_TIME, self._count)) for at in range(0, self._count, _AT_A_TIME))
        with collector_paused():
            return b"[" + b",".join([encode(row) for block in blocks for row in block]) + b"]"

    def _row(self, at: int) -> RowT:
        return self._model.model_validate(self._make(at))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LazyRows):
            return NotImplemented
        return self.plain() == other.plain()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self._count} rows of {self._model.__name__}>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        (model,) = get_args(source)
        listed = core_schema.no_info_after_validator_function(
            lambda rows: cls.of(model, rows), handler.generate_schema(GenericAlias(list, (model,)))
        )
        return core_schema.json_or_python_schema(
            json_schema=listed,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), listed]),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda rows: rows.plain()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema["json_schema"]["schema"])
