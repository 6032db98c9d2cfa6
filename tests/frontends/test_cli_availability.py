"""`cmdb availability` run for real: the contract, the screens, the gates, what a bad question is told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

Run = Callable[..., Result]
Answer = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]

# The estate of the lesson: two servers behind one switch. Redundant, and down as often as the switch.
SWITCH = """\
cmdb: 1
source: acme
items:
  - {id: mail, class: BusinessService, name: E-mail, criticality: vital, users: 400, yearly_cost: 120000,
     availability_target: 99.9%}
  - {id: fax, class: BusinessService, name: Fax, availability_target: 99%}
  - {id: web, class: BusinessService, name: Web}
  - {id: s1, class: Server, name: s1, availability: 99%, mttr_hours: 4, reliability_basis: measured}
  - {id: s2, class: Server, name: s2, availability: 99%, mttr_hours: 4, reliability_basis: measured}
  - {id: sw, class: Switch, name: switch, availability: 99.9%, mttr_hours: 4, maintenance_hours_per_year: 12}
relationships:
  - {from: mail, type: depends_on, to: s1, pool: servers}
  - {from: mail, type: depends_on, to: s2, pool: servers}
  - {from: s1, type: depends_on, to: sw}
  - {from: s2, type: depends_on, to: sw}
  - {from: web, type: depends_on, to: s1}
pools:
  - {consumer: mail, name: servers, need: 1}
"""


@pytest.fixture
def switch(folder: Path, run: Run) -> None:
    """The estate above, imported."""
    (folder / "switch.yaml").write_text(SWITCH, encoding="utf-8")
    run("import", "switch.yaml")


@pytest.mark.usefixtures("switch")
class TestTheContract:
    """Keys and numbers that scripts rely on."""

    def test_the_shared_switch_is_counted_once(self, answer: Answer) -> None:
        """.9989001, not .9998792."""
        [mail] = answer("availability", "E-mail")["services"]

        assert f"{mail['availability']:.7f}" == "0.9989001"
        assert (mail["method"], mail["verdict"], mail["target"]) == ("exact", "not met", 0.999)
        assert mail["basis"] == pytest.approx({"measured": 0.1666, "entered": 0.8334, "default": 0}, abs=2e-4)

    def test_every_service_answers_by_itself(self, answer: Answer) -> None:
        """Without names: all services, the most critical first; the one on nothing is not modelled."""
        services = answer("availability")["services"]

        assert [each["name"] for each in services] == ["E-mail", "Fax", "Web"]
        assert [each["verdict"] for each in services] == ["not met", "not modelled", "no target"]
        assert services[1]["availability"] is None

    def test_any_item_may_be_asked_about(self, answer: Answer) -> None:
        """Not only services."""
        [item] = answer("availability", "Switch:switch")["services"]
        assert item["availability"] == pytest.approx(0.999)

    def test_the_answer_is_as_its_schema_says(self, run: Run, answer: Answer) -> None:
        """`cmdb schema availability` describes it."""
        jsonschema.validate(
            answer("availability", "--explain", "E-mail"), json.loads(run("schema", "availability").stdout)
        )

    def test_agreed_and_experienced_stand_side_by_side(self, answer: Answer) -> None:
        """12 hours of work on the switch are in the one and not in the other."""
        [mail] = answer("availability", "mail")["services"]
        share = 12 / 8760
        assert 1 - mail["experienced"]["availability"] == pytest.approx((1 - share) * 0.0010999 + share)

    def test_a_spreadsheet_gets_one_line_a_service(self, run: Run) -> None:
        """With empty cells where there is no figure."""
        rows = list(csv.DictReader(io.StringIO(run("availability", "-o", "csv").stdout)))
        assert [row["name"] for row in rows] == ["E-mail", "Fax", "Web"]
        assert rows[1]["availability"] == ""
        assert float(rows[0]["experienced_planned_hours_per_year"]) == pytest.approx(12)

    def test_the_past_and_the_present(self, run: Run, answer: Answer) -> None:
        """As of an earlier revision; and now, with what is in maintenance counted as down."""
        run("item", "edit", "s1", "--set", "status=maintenance")
        now = answer("availability", "mail", "--now")
        assert now["now"] is True
        assert now["services"][0]["unavailability"] == pytest.approx(1 - 0.99 * 0.999)
        assert answer("availability", "mail")["services"][0]["unavailability"] == pytest.approx(0.0010999)
        assert answer("availability", "mail", "--as-of", "1")["revision"] == 1

    def test_beta_by_hand_shows_at_once(self, run: Run, answer: Answer) -> None:
        """One event for the pair."""
        run("pool", "mail", "servers", "--beta", "10%")
        [mail] = answer("availability", "mail")["services"]
        assert mail["unavailability"] == pytest.approx(1 - 0.999 * (1 - 0.001080919), rel=1e-6)
        [cause] = [each for each in mail["contributors"] if each["id"] is None]
        assert (cause["name"], len(cause["members"])) == ("common cause of pool E-mail/servers", 2)


@pytest.mark.usefixtures("switch")
class TestTheScreen:
    """What a person reads."""

    def test_the_table(self, run: Run) -> None:
        """Availability, downtime, target and verdict in one line; what is not modelled says so."""
        text = run("availability").stdout
        [line] = [each for each in text.splitlines() if each.startswith("E-mail")]
        assert "99.890 %" in line
        assert "48 min" in line
        assert "✗ not met" in line
        assert "not modelled" in text

    @pytest.mark.parametrize("columns", [80, 100, 120])
    def test_names_and_verdicts_fit_every_terminal(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, columns: int
    ) -> None:
        """Where room is short, columns are left out, never cut off; the name of the service is never one of them."""
        monkeypatch.setenv("COLUMNS", str(columns))
        for words in ((), ("mail",), ("--explain", "mail")):
            text = run("availability", *words).stdout
            assert max(map(len, text.splitlines())) <= columns
            assert "E-mail" in text
            assert "…" not in text.replace("… ", "")
            assert "with work" in text or "--explain" in words

    def test_one_service_closely(self, run: Run) -> None:
        """Who brings it down, what a pair saves, what it costs."""
        text = run("availability", "mail").stdout
        for told in (
            "What brings E-mail down",
            "switch",
            "44 min",
            "a pair saves",
            "user hours lost a year",
            "approximation",
        ):
            assert told in text

    def test_in_sentences(self, run: Run) -> None:
        """The same as one would say it."""
        text = " ".join(run("availability", "--explain", "E-mail").stdout.split())
        assert "E-mail is expected to be down 48 minutes a month" in text
        assert "replacing this one item by a pair would save 44 of its 48 minutes" in text

    def test_colour_and_pictures_say_nothing_alone(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a terminal that knows only ASCII every word stays."""
        monkeypatch.setenv("PYTHONIOENCODING", "ascii")
        text = run("availability").stdout
        assert "not met" in text


@pytest.mark.usefixtures("switch")
class TestGatesAndErrors:
    """Exit codes."""

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("mail", "--fail-on", "not-met"), 3),
            (("fax", "--fail-on", "not-met"), 0),
            (("fax", "--fail-on", "unproven"), 3),
            (("web", "--fail-on", "unproven"), 0),
        ],
    )
    def test_a_missed_target_trips_the_gate(self, run: Run, words: tuple[str, ...], code: int) -> None:
        """3 where a target is missed, or asked to be shown and is not; what has no target trips nothing."""
        run("availability", *words, code=code)

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (("nosuch",), 1, "nosuch"),
            (("--budget", "0"), 2, "budget"),
            (("mail", "--fail-on", "bad"), 2, "not-met"),
        ],
    )
    def test_a_question_that_makes_no_sense(self, run: Run, words: tuple[str, ...], code: int, told: str) -> None:
        """A message that says what to do."""
        assert told in run("availability", *words, code=code).stderr

    def test_a_retired_item_is_told(self, run: Run) -> None:
        """It has no availability, which is no availability of 0."""
        run("retire", "s2")
        assert "out of service" in run("availability", "acme:s2", code=2).stderr

    @pytest.mark.parametrize(
        ("field", "value", "told"),
        [
            ("availability", "99.9", "did you mean '99.9%'"),
            ("availability", "120%", "less than or equal to 1"),
            ("mtbf_hours", "0", "greater than 0"),
            ("mttr_hours", "-1", "greater than or equal to 0"),
            ("maintenance_hours_per_year", "9000", "8760"),
            ("reliability_basis", "guessed", "one of"),
        ],
    )
    def test_bad_input_is_refused_with_a_reason(self, run: Run, field: str, value: str, told: str) -> None:
        """Probabilities outside [0, 1], no times, more work than a year."""
        assert told in run("item", "edit", "s1", "--set", f"{field}={value}", code=2).stderr


def test_the_email_example(folder: Path, run: Run, answer: Answer) -> None:
    """The municipality's e-mail: every service is modelled, exact, and says how much of it is guessed."""
    run("import", str(ROOT / "examples" / "email" / "email.yaml"))
    found = answer("availability")

    assert len(found["services"]) == 13
    assert {each["method"] for each in found["services"]} == {"exact"}
    assert all(0.99 < each["availability"] < 1 for each in found["services"])
    assert all(each["verdict"] in ("not enough data to promise", "no target") for each in found["services"])
    assert [each["basis"] for each in found["enter_first"]][:3] == ["no_data"] * 3
    assert json.dumps(found)
