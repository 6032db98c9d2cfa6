"""`cmdb cutsets`: the contract, key by key, and what a person reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from frontends.cli.schemas import schema_named

Run = Callable[..., Result]
Answer = Callable[..., Any]
PAIRS = """\
cmdb: 1
source: acme
items:
  - {id: shop, class: BusinessService, name: Nettbutikk}
  - {id: lone, class: BusinessService, name: Ensom}
  - {id: web1, class: VirtualMachine, name: web1}
  - {id: web2, class: VirtualMachine, name: web2}
  - {id: web3, class: VirtualMachine, name: web3}
  - {id: esx, class: Hypervisor, name: esx}
relationships:
  - {from: shop, type: depends_on, to: web1, pool: web}
  - {from: shop, type: depends_on, to: web2, pool: web}
  - {from: shop, type: depends_on, to: web3, pool: web}
  - {from: web1, type: hosted_on, to: esx}
  - {from: web2, type: hosted_on, to: esx}
pools:
  - {consumer: shop, name: web, need: 1}
"""


@pytest.fixture
def pairs(tmp_path: Path, run: Run) -> str:
    """A record whose three machines stand on one host and on nothing: the host and the third are a pair."""
    file = tmp_path / "pairs.yaml"
    file.write_text(PAIRS, encoding="utf-8")
    store = f"sqlite:///{tmp_path / 'pairs.db'}"
    run("init", "--store", store)
    run("import", str(file), "--store", store)
    return store


def test_it_has_every_key_and_its_schema_holds(answer: Answer, pairs: str) -> None:
    """Keys may be added, never renamed or dropped (design, section 7)."""
    said = answer("cutsets", "Nettbutikk", "--order", "3", "--store", pairs)

    jsonschema.validate(said, schema_named("cutsets"))
    assert {"revision", "service", "order", "complete", "cut_sets", "counts", "warnings"} <= said.keys()
    name = {each["id"]: each["name"] for each in said["items"]}
    assert [sorted(name[id_] for id_ in each) for each in said["cut_sets"]] == [
        ["Nettbutikk"],
        ["esx", "web3"],
        ["web1", "web2", "web3"],
    ]
    assert said["counts"] == {"1": 1, "2": 1, "3": 1}
    assert said["complete"]
    assert said["order"] == 3


def test_a_list_cut_by_the_limit_says_so(answer: Answer, pairs: str) -> None:
    """Nothing is cut silently, and the counts stay true."""
    said = answer("cutsets", "Nettbutikk", "--order", "3", "--limit", "2", "--store", pairs)

    assert len(said["cut_sets"]) == 2
    assert not said["complete"]
    assert said["counts"] == {"1": 1, "2": 1, "3": 1}
    assert any("2 of 3 cut sets are listed" in warning for warning in said["warnings"])


def test_the_table_names_items_with_their_class(run: Run, pairs: str) -> None:
    """A person reads what falls together, in words."""
    printed = run("cutsets", "Nettbutikk", "--store", pairs).output

    assert "What brings Nettbutikk down: 0 other items alone and 1 pair." in printed
    assert "Nettbutikk (BusinessService), itself" in printed
    assert "web3 (VirtualMachine)" in printed
    assert "esx (Hypervisor)" in printed


def test_csv_has_one_set_a_line(run: Run, pairs: str) -> None:
    """A spreadsheet gets ids, names and classes."""
    rows = list(csv.DictReader(io.StringIO(run("cutsets", "Nettbutikk", "-o", "csv", "--store", pairs).stdout)))

    assert [row["order"] for row in rows] == ["1", "2"]
    assert "esx" in rows[1]["names"]


def test_a_service_without_providers_is_not_modelled(answer: Answer, pairs: str) -> None:
    """Only its own failure is known, and the answer warns of that."""
    said = answer("cutsets", "Ensom", "--store", pairs)

    assert not said["modelled"]
    assert len(said["cut_sets"]) == 1
    assert any("not modelled" in warning for warning in said["warnings"])


@pytest.mark.parametrize(
    ("words", "code"), [(("Nettbutikk", "--order", "0"), 2), (("nobody",), 1), (("Nettbutikk", "--limit", "-1"), 2)]
)
def test_a_wrong_question_is_refused(run: Run, pairs: str, words: tuple[str, ...], code: int) -> None:
    """An order of nothing, an item that does not exist: a message, no traceback."""
    assert "Traceback" not in run("cutsets", *words, "--store", pairs, code=code).output
