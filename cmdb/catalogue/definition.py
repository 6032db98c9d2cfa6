"""What catalogue files say, before it is compiled: the seam between reading them and answering from them.

Plain structures, equal for the shipped files, their compiled JSON and a site's file. None means "not said".
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["ClassDefinition", "Definitions", "PoolRule", "RuleDefinition", "TypeDefinition", "WordLists"]

WordLists = dict[str, dict[str, list[str]]]
"""Meaning -> vocabulary -> the words for it."""


class PoolRule(msgspec.Struct, frozen=True):
    """The pool that a rule makes of its consumer's providers.

    `need` is "n-1", a count like "2", or a percentage like "50%"; it is an assumption, never a source's statement.
    """

    name: str
    need: str = "n-1"

    def need_for(self, members: int) -> int:
        """Return how many of `members` are assumed to be required: at least 1, and never more than there are.

        >>> PoolRule("power").need_for(2), PoolRule("power").need_for(1), PoolRule("web", "50%").need_for(3)
        (1, 1, 2)
        """
        if self.need == "n-1":
            return max(1, members - 1)
        from cmdb.model.need import Need

        return max(1, min(members, Need.parse(self.need).required(members)))


class RuleDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a lost provider does, for one pair of classes and all below them."""

    from_class: str = msgspec.field(name="from")
    to_class: str = msgspec.field(name="to")
    consumer: Literal["from", "to"]
    impact: Literal["hard", "soft", "none"]
    pool: PoolRule | None = None


class ClassDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one file says of one class."""

    parent: str | None = None
    description: str | None = None
    service: bool | None = None
    tier: int | None = None
    stale_after_days: int | None = None
    stale_source: str | None = None
    mtbf_hours: float | None = None
    mttr_hours: float | None = None
    source: str | None = None
    network: Literal["through", "end", "none"] | None = None
    aliases: dict[str, list[str]] = {}


class TypeDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one file says of one relationship type."""

    inverse: str | None = None
    label: str | None = None
    description: str | None = None
    undirected: bool = False
    network: Literal["link", "reach", "none"] | None = None
    rules: list[RuleDefinition] = []
    aliases: dict[str, list[str]] = {}
    reversed_aliases: dict[str, list[str]] = {}


class Definitions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one file, or all of them together, say."""

    classes: dict[str, ClassDefinition] = {}
    types: dict[str, TypeDefinition] = {}
    statuses: WordLists = {}
    criticalities: WordLists = {}
    vocabularies: list[str] = []
