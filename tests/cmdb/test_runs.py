"""Runs: two of one scope at once, their problems, and imports that failed."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from inventory_words import batch

from cmdb.errors import ImportRefused, PaperNotFound
from cmdb.record import Record
from cmdb.runs import problems_of


def test_two_imports_of_one_scope_at_once_are_refused(lite: Record, settings_for: Any) -> None:
    """The second waits its turn and is told; one of another scope is not."""
    lite.import_batches([batch("acme", "oslo", items=["a"])])
    said: list[Any] = []

    def second(scope: str) -> None:
        with Record.open(lite.settings) as record:
            try:
                said.append(record.import_batches([batch("acme", scope, items=["b"])]).revision)
            except ImportRefused as refused:
                said.append(str(refused))

    waiting: list[threading.Thread] = []

    def begin(phase: str) -> None:
        if phase == "writing" and not waiting:
            waiting.extend(threading.Thread(target=second, args=(scope,)) for scope in ("oslo", "bergen"))
            for each in waiting:
                each.start()
            for each in waiting:
                each.join(1.5)

    lite.import_batches([batch("acme", "oslo", items=["c"])], progress=begin)
    for each in waiting:
        each.join(60)
    refused = [each for each in said if isinstance(each, str)]
    assert len(said) == 2
    assert len(refused) == 1
    assert "another import of acme (oslo) was under way" in refused[0]
    assert [each.scope for each in lite.failed_imports()] == ["oslo"]


def test_the_problems_of_a_run_are_kept(record: Record) -> None:
    """The refused rows first, and no more than is bearable."""
    items = [{"id": f"x{n}", "class": "Nonsense"} for n in range(250)]
    record.import_batches([batch("acme", "oslo", items=["a", *items]), batch("other", items=["b"], file="b.yaml")])
    newest = {run.draft.source: run.number for run in record.runs()}
    _, kept = record.problems_of_run(newest["acme"])
    assert (len(kept.problems), kept.more) == (200, 50)
    assert kept.problems[0]["message"].startswith("unknown class")
    assert record.problems_of_run(newest["other"])[1].problems == []
    with pytest.raises(PaperNotFound, match="no import run 99"):
        record.problems_of_run(99)
    assert problems_of(record.store, 99).problems == []


def test_an_import_that_fails_leaves_a_mark(record: Record) -> None:
    """And changes nothing else."""
    noon = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    record.import_batches([batch("acme", items=["a"], exported_at=noon)])
    with pytest.raises(ImportRefused):
        record.import_batches([batch("acme", items=["a"], exported_at=noon - dt.timedelta(days=1))])
    [failed] = record.failed_imports()
    assert (failed.source, failed.files) == ("acme", ["inventory.yaml"])
    assert "import the newest export" in failed.error
    assert len(record.runs()) == 1
