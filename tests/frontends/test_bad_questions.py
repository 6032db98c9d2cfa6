"""Questions that cannot be answered, or only in part: what is said, with which exit code, and never a traceback.

One estate holds what goes wrong in estates: a service without providers, one that depends on itself, a need above the
members there are, availabilities of 0 and 1, an item out of service, figures that are half there.
"""

from __future__ import annotations

from typing import Any

import pytest

ESTATE = """\
cmdb: 1
source: acme
items:
  - {id: shop, class: BusinessService, name: shop, users: 10, availability_target: "99.9%"}
  - {id: lone, class: BusinessService, name: lone}
  - {id: self, class: BusinessService, name: self}
  - {id: selfapp, class: Application, name: selfapp}
  - {id: web, class: Application, name: web, availability: 1}
  - {id: dead, class: Application, name: dead, availability: 0}
  - {id: db1, class: DatabaseInstance, name: db1, mtbf_hours: 1000, mttr_hours: 10}
  - {id: db2, class: DatabaseInstance, name: db2, mttr_hours: 10}
  - {id: gone, class: Server, name: gone, status: retired}
  - {id: zero, class: BusinessService, name: zero}
relationships:
  - {from: shop, type: depends_on, to: web}
  - {from: web, type: depends_on, to: db1, pool: db}
  - {from: web, type: depends_on, to: db2, pool: db}
  - {from: self, type: depends_on, to: selfapp}
  - {from: selfapp, type: depends_on, to: self}
  - {from: zero, type: depends_on, to: dead}
pools:
  - {consumer: web, name: db, need: 3}
"""

REFUSED = {
    "an item nobody knows": (["availability", "nosuch"], 1, "no item is called 'nosuch'"),
    "a service out of service": (["availability", "gone"], 2, "gone is retired"),
    "a budget of nothing": (["availability", "--budget", "0"], 2, "--budget"),
    "a revision to come": (["availability", "--as-of", "99"], 1, "there is no revision 99"),
    "single points of nobody": (["spof", "nosuch"], 1, "no item is called 'nosuch'"),
    "a baseline nobody made": (["spof", "--baseline", "nosuch"], 1, "no baseline"),
    "cut sets of nobody": (["cutsets", "nosuch"], 1, "no item is called 'nosuch'"),
    "cut sets of order 0": (["cutsets", "shop", "--order", "0"], 2, "--order"),
    "cut sets of half an order": (["cutsets", "shop", "--order", "1.5"], 2, "--order"),
    "one end of a way": (["network", "shop"], 2, "name two items"),
    "a way to itself": (["network", "shop", "shop"], 2, "name two"),
    "growth below nothing": (["capacity", "--growth", "-200"], 2, "growth is -200"),
    "growth that is no number": (["capacity", "--growth", "nan"], 2, "growth is nan"),
    "nothing supposed": (["what-if"], 2, "nothing is supposed"),
    "a need of 0": (["what-if", "--need", "web:db=0"], 2, "give at least 1"),
    "a need of 150 %": (["what-if", "--need", "web:db=150%"], 2, "percentage"),
    "a pool nobody knows": (["what-if", "--need", "web:nopool=1"], 2, "no pool 'nopool'"),
    "what is out already, down": (["what-if", "--down", "gone"], 2, "gone is retired"),
    "no such field": (["what-if", "--set", "web.colour=red"], 2, "colour"),
    "steps in no file": (["what-if", "steps.yaml"], 1, "steps.yaml"),
    "a negative time": (["impact", "shop", "--for", "-3"], 2, "minutes is -3"),
    "a time that is none": (["impact", "shop", "--for", "nan"], 2, "minutes is nan"),
}

ROWS = {
    "above 1": ("availability: 1.5", "above 1"),
    "a bare 99.9": ("availability: 99.9", "99.9%"),
    "below 0": ("availability: -1", "availability is -1"),
    "no number": ("availability: often", "give a fraction"),
    "failing at once": ("mtbf_hours: 0, mttr_hours: 1", "mtbf_hours is 0"),
    "a range turned round": (
        "mtbf_hours: 7, mttr_hours: 1, mtbf_low_hours: 10, mtbf_high_hours: 5",
        "change them round",
    ),
    "a basis nobody knows": ("reliability_basis: guessed", "entered"),
}


@pytest.fixture
def asked(run, folder) -> Any:
    """The estate, imported."""
    (folder / "estate.yaml").write_text(ESTATE, encoding="utf-8")
    run("import", "estate.yaml")
    return run


@pytest.mark.parametrize("case", REFUSED)
def test_a_question_that_makes_no_sense_is_refused_in_words(case: str, asked) -> None:
    """What is wrong and what to do instead, on standard error, with the exit code of the contract."""
    words, code, says = REFUSED[case]

    result = asked(*words, code=code)

    assert says in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("case", ROWS)
def test_a_figure_that_cannot_be_is_refused_with_its_row(case: str, run, folder) -> None:
    """An availability is a probability, a time between failures is a time."""
    fields, says = ROWS[case]
    row = f"cmdb: 1\nsource: x\nitems:\n  - {{id: a, class: Server, name: a, {fields}}}\n"
    (folder / "rows.yaml").write_text(row, encoding="utf-8")

    result = run("import", "rows.yaml", code=4)

    assert "rows.yaml:4" in result.stderr
    assert says in result.stderr


def test_a_service_without_providers_is_not_modelled_and_never_perfect(asked, answer) -> None:
    """Nothing known to bring it down is not the same as nothing does."""
    (row,) = answer("availability", "lone")["services"]

    assert (row["availability"], row["method"]) == (None, "not_modelled")
    assert "not modelled" in " ".join(answer("spof", "lone")["warnings"])
    assert "not modelled" in " ".join(answer("cutsets", "lone")["warnings"])


def test_what_is_never_up_takes_its_service_with_it(asked, answer) -> None:
    """An availability of 0 is a figure like any other."""
    (row,) = answer("availability", "zero")["services"]

    assert (row["availability"], row["method"]) == (0, "exact")


def test_a_service_that_depends_on_itself_has_a_figure(asked, answer) -> None:
    """A loop does not fall by itself: both of its items fail, and nothing else."""
    (row,) = answer("availability", "self")["services"]
    cut = answer("cutsets", "self")

    assert row["method"] == "exact"
    assert 0 < row["availability"] < 1
    assert [len(each) for each in cut["cut_sets"]] == [1, 1]
    assert cut["complete"] is True


def test_a_need_above_the_members_means_all_of_them(asked, answer) -> None:
    """Three of two cannot be: judged as two of two, and doctor says so."""
    spofs = {each["name"] for each in answer("spof", "shop")["spofs"]}

    assert {"db1", "db2"} <= spofs
    assert "judged as needing all of them" in asked("doctor", code=0).stdout


def test_half_a_figure_is_labelled(asked, answer) -> None:
    """A time to repair without a time between failures: the class's stands in, and is counted as a default."""
    (row,) = answer("availability", "shop")["services"]

    assert row["defaults_used"] >= 1
    assert row["basis"]["default"] > 0


def test_an_item_out_of_service_brings_nothing_down_and_it_is_said(asked, answer) -> None:
    """An answer on it is no reassurance."""
    told = answer("impact", "gone")

    assert told["affected"] == []
    assert "gone is retired" in " ".join(told["warnings"])


@pytest.mark.parametrize("question", [["spof"], ["availability"], ["network"], ["capacity"]], ids=" ".join)
def test_an_empty_estate_has_an_answer(question: list[str], run, answer, folder) -> None:
    """Nothing recorded: nothing found, and nothing claimed."""
    run("init")

    told = answer(*question)

    assert told["revision"] == 0
