"""BatchBuilder: how an importer makes an ImportBatch. Checks each row as it comes; a bad row becomes a problem.

Takes plain Python values row by row, gives the batch. Holds no more of a row than its canonical bytes.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cmdb.model.batch import FileRead, ImportBatch, ItemRow, PoolRow, Problem, RelationshipRow
from cmdb.model.values import ValuesRefused, check_item, encode, encode_pool, encode_relationship
from cmdb.model.vocabulary import CRITICALITIES, STATUSES, PlainWords, Words

__all__ = ["BatchBuilder"]

MAX_ID = 1_000

# Hundreds of thousands of rows are made: as the tuples they are, without the detour over the names of their fields.
_row_of: Callable[[type[RelationshipRow], tuple[Any, ...]], RelationshipRow] = tuple.__new__


class BatchBuilder:
    """Collects the rows of one (source, scope).

    `words` translates the source's statuses and criticalities. Call `file()` before the rows of each file. Every
    method that takes a row returns True when the row was taken, and records a refused Problem otherwise.
    """

    def __init__(
        self,
        source: str,
        scope: str = "",
        *,
        complete: bool | None = None,
        exported_at: dt.datetime | None = None,
        vocabulary: str = "",
        words: Words | None = None,
    ) -> None:
        self.source = source
        self.scope = scope
        self.complete = complete
        self.exported_at = exported_at
        self.vocabulary = vocabulary
        self.cut: str | None = None
        self._words = words or PlainWords()
        self._items: list[ItemRow] = []
        self._relationships: list[RelationshipRow] = []
        self._pools: list[PoolRow] = []
        self._problems: list[Problem] = []
        self._files: list[FileRead] = []
        self._notes: list[str] = []
        self._refused_links: list[tuple[str, str]] = []
        self._refused_pools: list[tuple[str, str]] = []
        self._unreadable = 0
        self._known: dict[str, str] = {}  # identities found good; one text each however many rows name it
        self._types: dict[str, str] = {}  # names of classes and relationship types found good

    def file(self, name: str, sha256: str = "", size: int = 0) -> None:
        """Begin the rows of a file."""
        self._files.append(FileRead(name, sha256, size))

    def read_file(self, name: str, sha256: str, size: int) -> None:
        """Say the digest of the present file once it is known (a streamed file is only hashed at its end)."""
        self._files[-1] = FileRead(name, sha256, size)

    def note(self, text: str) -> None:
        """Keep something the reader should know about the file: an encoding taken for granted, say."""
        if text not in self._notes:
            self._notes.append(text)

    def item(
        self,
        row: int,
        external_id: object,
        class_name: object,
        name: object,
        values: Mapping[str, Any],
        aliases: Iterable[object] = (),
    ) -> bool:
        """Take one item. Identities must be text: a number is refused, for 7 and "007" are not to be guessed apart."""
        identity = self._identity(row, external_id, "id")
        if identity is None:
            self._unreadable += 1
            return False
        complaints: list[str] = []
        class_text = self._types.get(class_name) if type(class_name) is str else None
        if class_text is None:
            class_text = _required_text(class_name, "class", complaints)
            if not complaints:
                self._types[class_text] = class_text
        if type(name) is str and name.isprintable() and 0 < len(name) <= 1_000 and name == name.strip():
            name_text = name
        else:
            name_text = _required_text(name, "name", complaints)
        more: tuple[str, ...] = ()
        if aliases:
            more = tuple(sys.intern(text) for each in aliases if (text := _required_text(each, "aliases", complaints)))
        encoded = b"{}"
        try:
            encoded = encode(check_item(self._translated(values)))
        except ValuesRefused as refused:
            complaints.extend(refused.complaints)
        except (UnicodeEncodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
            complaints.append(f"a value cannot be kept: {error}")
        if complaints:
            self.refuse(row, identity, "; ".join(complaints))
            return False
        self._items.append(ItemRow(len(self._files) - 1, row, identity, class_text, name_text, encoded, more))
        return True

    def relationship(
        self,
        row: int,
        from_ref: object,
        type_name: object,
        to_ref: object,
        values: Mapping[str, Any],
        key: object = "",
    ) -> bool:
        """Take one relationship; `values` may hold `pool` (one name or a list) beside RelationshipValues."""
        try:
            # Nearly every row names items and a type that rows before it named, and needs no further look.
            known = self._known
            start_, end_, type_ = known[from_ref], known[to_ref], self._types[type_name]  # type: ignore[index]
            if key == "":
                told = encode_relationship(values) if values else b""
                link = (len(self._files) - 1, row, start_, type_, end_, "", told)
                self._relationships.append(_row_of(RelationshipRow, link))
                return True
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            pass  # below it is found out why, in words
        start, end = self._identity(row, from_ref, "from"), self._identity(row, to_ref, "to")
        if start is None or end is None:
            self._unreadable += 1
            return False
        complaints: list[str] = []
        type_text = _required_text(type_name, "type", complaints)
        if not complaints:
            self._types[type_text] = type_text
        key_text = "" if key in ("", None) else _required_text(key, "key", complaints)
        encoded = b""
        if values:
            try:
                encoded = encode_relationship(values)
            except ValuesRefused as refused:
                complaints.extend(refused.complaints)
            except (UnicodeEncodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
                complaints.append(f"a value cannot be kept: {error}")
        if complaints:
            self._refused_links.append((start, end))
            self.refuse(row, f"{start} {type_text} {end}", "; ".join(complaints))
            return False
        self._relationships.append(RelationshipRow(len(self._files) - 1, row, start, type_text, end, key_text, encoded))
        return True

    def pool(self, row: int, consumer_ref: object, name: object, values: Mapping[str, Any]) -> bool:
        """Take one pool. Without `need` it is n - 1 of n, at least 1, and marked assumed."""
        consumer = self._identity(row, consumer_ref, "consumer")
        if consumer is None:
            self._unreadable += 1
            return False
        complaints: list[str] = []
        name_text = _required_text(name, "name", complaints)
        encoded = b"{}"
        try:
            encoded = encode_pool(values)
        except ValuesRefused as refused:
            complaints.extend(refused.complaints)
        except (UnicodeEncodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
            complaints.append(f"a value cannot be kept: {error}")
        if complaints:
            self._refused_pools.append((consumer, name_text))
            self.refuse(row, f"{consumer} {name_text}", "; ".join(complaints))
            return False
        self._pools.append(PoolRow(len(self._files) - 1, row, consumer, sys.intern(name_text), encoded))
        return True

    def refuse(self, row: int | None, id_: str | None, message: str) -> None:
        """Record a row that is not imported, and why."""
        self._problems.append(Problem(self._file_name(), row, id_, message))

    def refuse_link(self, from_ref: str, to_ref: str) -> None:
        """Say that a refused row states this relationship too: refused rows count as seen."""
        self._refused_links.append((from_ref, to_ref))

    def refuse_unidentified(self, row: int | None, message: str) -> None:
        """Record a row whose identity cannot be read; the batch is partial from here on."""
        self._unreadable += 1
        self.refuse(row, None, message)

    def warn(self, row: int | None, id_: str | None, message: str) -> None:
        """Record something doubtful in a row that is imported all the same."""
        self._problems.append(Problem(self._file_name(), row, id_, message, "warning"))

    def batch(self) -> ImportBatch:
        """Return what was collected."""
        return ImportBatch(
            source=self.source,
            scope=self.scope,
            complete=self.complete,
            exported_at=self.exported_at,
            vocabulary=self.vocabulary,
            items=self._items,
            relationships=self._relationships,
            pools=self._pools,
            problems=self._problems,
            files=self._files,
            notes=self._notes,
            cut=self.cut,
            refused_links=self._refused_links,
            refused_pools=self._refused_pools,
            unreadable_rows=self._unreadable,
        )

    def _file_name(self) -> str:
        return self._files[-1].name if self._files else self.source

    def _identity(self, row: int, given: object, field: str) -> str | None:
        if type(given) is str and (known := self._known.get(given)) is not None:
            return known
        text = getattr(given, "raw", given)
        if not isinstance(text, str):
            self.refuse(row, None, f"{field} is {given!r}: an identity must be text; put it in quotes")
            return None
        if not text or text != text.strip() or len(text) > MAX_ID or "\0" in text:
            why = "empty" if not text.strip() else "longer than 1,000 characters" if len(text) > MAX_ID else "padded"
            self.refuse(row, None, f"{field} is {text[:60]!r}: it is {why}; give the text that identifies the item")
            return None
        return self._known.setdefault(text, text)

    def _translated(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put the record's words in place of the source's for status and criticality."""
        status, criticality = values.get("status"), values.get("criticality")
        if (status is None or status in STATUSES) and (criticality is None or criticality in CRITICALITIES):
            return values
        translated = dict(values)
        if isinstance(status, str):
            translated["status"] = self._words.status(status) or status
        if isinstance(criticality, str):
            translated["criticality"] = self._words.criticality(criticality) or criticality
        return translated


def _required_text(given: object, field: str, complaints: list[str]) -> str:
    """Return non-empty text without NUL, or add a complaint and return ""."""
    text = getattr(given, "raw", given)
    if not isinstance(text, str):
        complaints.append(f"{field} is {given!r}: it must be text" if given is not None else f"{field} is missing")
    elif not text.strip():
        complaints.append(f"{field} is empty")
    elif "\0" in text or len(text) > 60_000:
        complaints.append(f"{field} holds a NUL character" if "\0" in text else f"{field} is too long")
    else:
        try:
            text.encode()
        except UnicodeEncodeError:
            complaints.append(f"{field} holds half a character (a lone surrogate)")
            return ""
        return text.strip()
    return ""
