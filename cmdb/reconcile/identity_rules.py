"""By what an item is known in another source: the rules in order, by class, and the values that identify nobody.

The site may say other rules for a class and all below it, and more junk. Plain data; knows no store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cmdb.catalogue import Catalogue

__all__ = ["DEFAULT_RULES", "JUNK", "NAME", "NAME_ON_HOST", "RULE_FIELDS", "RULE_NAMES", "IdentityRules"]

RULE_FIELDS: Final = ("serial_number", "asset_tag", "cloud_id", "fqdn", "ip", "mac")
"""Fields that may identify, across scopes."""

NAME: Final = "name"
"""The same class, name and scope."""

NAME_ON_HOST: Final = "name_on_host"
"""The same class and name, and running on the same item; and then an item on another host is another item."""

RULE_NAMES: Final = (*RULE_FIELDS, NAME_ON_HOST, NAME)

_DEPENDENT: Final = ("serial_number", "cloud_id", NAME_ON_HOST, NAME)
DEFAULT_RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "ConfigurationItem": ("serial_number", "cloud_id", "fqdn", "mac", NAME),
    # These often bear the address of the server they run on, and a name that every server has.
    **dict.fromkeys(("Database", "DatabaseInstance", "AppServer", "WebServer", "FileSystem"), _DEPENDENT),
}

JUNK: Final = frozenset(
    [
        *("", "-", "--", "0", "00", "000", "0000", "00000000", "000000000000", "00:00:00:00:00:00", "1234567890"),
        *("n/a", "na", "nil", "none", "null", "unknown", "undefined", "default", "default string", "not available"),
        *("not specified", "not applicable", "to be filled by o.e.m.", "system serial number", "oem", "o.e.m."),
        *("chassis serial number", "empty", "tbd", "test", "invalid", "localhost", "localhost.localdomain"),
    ]
)
"""Values that makers put where an identity should stand; they identify nobody."""


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """The rules of a record: the site's own by class name, the more junk it knows (folded), and the shipped ones."""

    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more_junk: frozenset[str] = frozenset()

    @property
    def junk(self) -> frozenset[str]:
        """Every value that identifies nobody, in the form in which it is compared."""
        return JUNK | self.more_junk if self.more_junk else JUNK

    def of(self, class_name: str, catalogue: Catalogue) -> tuple[str, ...]:
        """Return the rules of a class, in order: those said for the nearest class, the site's before the shipped."""
        for each in (class_name, *catalogue.ancestors(class_name)):
            if each in self.classes:
                return self.classes[each]
            if each in DEFAULT_RULES:
                return DEFAULT_RULES[each]
        return DEFAULT_RULES["ConfigurationItem"]

    def fields(self) -> tuple[str, ...]:
        """Return the fields by which any class is identified."""
        used = {rule for rules in (*DEFAULT_RULES.values(), *self.classes.values()) for rule in rules}
        return tuple(name for name in RULE_FIELDS if name in used)
