"""Gates as requirements: what of a formula is required directly, what is a pool, what needs a gate of its own.

In comes a `Formula`; out go requirements of its consumer. Knows no element and no batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from importers.openpsa.formulas import Formula

__all__ = ["Helper", "PoolMade", "Required", "requirements"]


class Required(NamedTuple):
    """The consumer requires an item: by itself, or as a member of its pool."""

    consumer: str
    provider: str
    pool: str | None
    line: int


class PoolMade(NamedTuple):
    """The consumer has a pool of which `need` of `members` must be up."""

    consumer: str
    name: str
    need: int
    members: int
    line: int


class Helper(NamedTuple):
    """A gate that the file does not name: part of a formula that is a member of a pool."""

    id: str
    line: int


def requirements(gate: str, formula: Formula) -> Iterator[Required | PoolMade | Helper]:
    """Give what a gate requires so that it is down exactly when its formula occurs. Helpers come before their use."""
    return _Maker(gate).require(gate, formula)


class _Maker:
    def __init__(self, gate: str) -> None:
        self._gate = gate
        self._helpers = 0
        self._pools: dict[tuple[str, str], int] = {}

    def require(self, consumer: str, formula: Formula) -> Iterator[Required | PoolMade | Helper]:
        if formula.id is not None:
            yield Required(consumer, formula.id, None, formula.line)
        elif formula.least == 1:
            # One failure is enough: each part is a requirement of its own.
            for part in formula.parts:
                yield from self.require(consumer, part)
        else:
            yield from self._pool(consumer, formula)

    def _pool(self, consumer: str, formula: Formula) -> Iterator[Required | PoolMade | Helper]:
        members: dict[str, int] = {}
        for part in formula.parts:
            if part.id is None:
                self._helpers += 1
                helper = f"{self._gate}/{self._helpers}"
                yield Helper(helper, part.line)
                yield from self.require(helper, part)
                members[helper] = part.line
            else:
                members.setdefault(part.id, part.line)
        # Parts named twice in an and-gate count once; all of them must fail then as before.
        count = len(members)
        least = min(formula.least, count)
        if count == 1:
            yield from (Required(consumer, member, None, line) for member, line in members.items())
            return
        name = self._pool_name(consumer, "and" if least == count else f"{least} of {count}")
        for member, line in members.items():
            yield Required(consumer, member, name, line)
        yield PoolMade(consumer, name, count - least + 1, count, formula.line)

    def _pool_name(self, consumer: str, name: str) -> str:
        self._pools[consumer, name] = number = self._pools.get((consumer, name), 0) + 1
        return name if number == 1 else f"{name} ({number})"
