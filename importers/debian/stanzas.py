"""Control files as stanzas of fields, each with the line it begins in.

In comes a file; out go stanzas. Follows deb822: a field goes on in lines that begin with a blank, a stanza ends at an
empty line, and lines that begin with # are comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from importers.reading import SourceFile

__all__ = ["Stanza", "read_stanzas"]


class Stanza(NamedTuple):
    """One paragraph: fields by name in lower case, and the line it begins in."""

    row: int
    fields: dict[str, str]


def read_stanzas(source: SourceFile) -> Iterator[Stanza]:
    """Yield the stanzas of `source`; raises FileProblem at a line that is no field or at a field told twice."""
    begun, fields, name = 0, dict[str, str](), ""
    for row, line in enumerate(source.text().split("\n"), 1):
        line = line.rstrip("\r")
        if line.startswith("#"):
            continue
        if not line.strip():
            if fields:
                yield Stanza(begun, fields)
            fields, name = {}, ""
        elif line[0] in " \t":
            if not name:
                raise source.problem("this line goes on with a field, and none was begun: is the file cut?", row)
            fields[name] += "\n" + line.strip()
        else:
            name, colon, value = line.partition(":")
            name = name.strip().lower()
            if not colon or not name or " " in name:
                raise source.problem(f"this is no field: {line[:60]!r}; a field is NAME: VALUE", row)
            if name in fields:
                raise source.problem(f"the field {name!r} stands twice in one stanza: keep one", row)
            begun = begun if fields else row
            fields[name] = value.strip()
    if fields:
        yield Stanza(begun, fields)
