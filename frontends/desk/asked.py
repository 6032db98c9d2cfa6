"""Which change is asked about: one of the record by its number, or one that a file states and nobody has recorded."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cmdb.errors import UsageError
from cmdb.model.change import ChangeStanding
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from frontends.desk.change_file import naming, read_change_file

__all__ = ["change_asked"]


def change_asked(record: Record, snapshot: Snapshot, number: str | None, file: Path | None) -> ChangeStanding:
    """Return the change that a number or a file means; of a file the number is empty, and nothing is recorded.

    Raises UsageError where both or none are given and for an unknown number, FileProblem for what a file has wrong.
    """
    if (number is None) == (file is None):
        raise UsageError("say which change: its NUMBER, or --file CHANGE.yaml")
    if number is not None:
        return record.changes.get(number)
    assert file is not None
    request = read_change_file(file, naming(snapshot))
    if request.requester is None:
        request = msgspec.structs.replace(request, requester=record.settings.actor().name)
    return ChangeStanding("", request)
