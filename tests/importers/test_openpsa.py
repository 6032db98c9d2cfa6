"""Open-PSA fault trees: formulas against exhaustive evaluation, probabilities, names, and what is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.catalogue import load_catalogue
from cmdb.errors import FileProblem
from cmdb.model import ImportBatch
from importers.openpsa import importer
from importers.reading import open_source
from importers.registry import ReadOptions

TWO_TRAINS = """<?xml version="1.0"?>
<!DOCTYPE opsa-mef>
<opsa-mef>
  <define-fault-tree name="TwoTrain">
    <define-gate name="Top">
      <label>Begge tog svikter</label>
      <attributes><attribute name="system" value="ECCS"/></attributes>
      <and><gate name="One"/><gate name="Two"/></and>
    </define-gate>
    <define-gate name="One"><or><basic-event name="ValveOne"/><basic-event name="PumpOne"/></or></define-gate>
    <define-gate name="Two"><or><basic-event name="ValveTwo"/><basic-event name="PumpTwo"/></or></define-gate>
  </define-fault-tree>
  <model-data>
    <define-basic-event name="ValveOne"><float value="0.5"/></define-basic-event>
    <define-basic-event name="ValveTwo"><parameter name="v"/></define-basic-event>
    <define-basic-event name="PumpOne"><float value="0.7"/></define-basic-event>
    <define-basic-event name="PumpTwo"><sub><int value="1"/><float value="3e-1"/></sub></define-basic-event>
    <define-parameter name="v"><div><int value="1"/><int value="2"/></div></define-parameter>
  </model-data>
</opsa-mef>
"""


def _read(folder: Path, *files: str, **options: Any) -> ImportBatch:
    paths = []
    for number, text in enumerate(files):
        path = folder / f"t{number}.xml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    [batch] = importer.read([open_source(path) for path in paths], ReadOptions(**options))
    return batch


def _model(gates: str, events: str = "", name: str = "T") -> str:
    return (
        f'<opsa-mef><define-fault-tree name="{name}">{gates}</define-fault-tree>'
        f"<model-data>{events}</model-data></opsa-mef>"
    )


def _events(names: Iterable[str], q: float = 0.1) -> str:
    return "".join(f'<define-basic-event name="{n}"><float value="{q}"/></define-basic-event>' for n in names)


def _values(batch: ImportBatch) -> dict[str, dict[str, Any]]:
    return {item.external_id: msgspec.json.decode(item.values) for item in batch.items}


def _links(batch: ImportBatch) -> list[tuple[str, str, str, list[str]]]:
    return sorted(
        (
            each.from_ref,
            each.type_name,
            each.to_ref,
            msgspec.json.decode(each.values).get("pools", []) if each.values else [],
        )
        for each in batch.relationships
    )


def _down(batch: ImportBatch, failed: set[str]) -> set[str]:
    """Return what is down when `failed` have failed, by the rule of the design in its plainest form."""
    needs = {(pool.consumer_ref, pool.name): msgspec.json.decode(pool.values)["need"] for pool in batch.pools}
    pools: dict[tuple[str, str], set[str]] = {key: set() for key in needs}
    direct = set()
    for start, _, end, names in _links(batch):
        for name in names:
            pools[start, name].add(end)
        if not names:
            direct.add((start, end))
    down = set(failed)
    while True:
        now = down | {start for start, end in direct if end in down}
        now |= {key[0] for key, members in pools.items() if len(members - down) < needs[key]}
        if now == down:
            return down
        down = now


def test_a_tree_becomes_items_requirements_and_pools(tmp_path: Path) -> None:
    """An or-gate requires each event, an and-gate has a pool that needs one; probabilities are unavailabilities."""
    batch = _read(tmp_path, TWO_TRAINS)

    assert (batch.source, batch.scope, batch.complete, batch.problems) == ("openpsa.TwoTrain", "", None, [])
    assert [(each.external_id, each.class_name, each.row) for each in batch.items] == [
        ("Top", "Service", 5),
        ("One", "ConfigurationItem", 10),
        ("Two", "ConfigurationItem", 11),
        ("ValveOne", "ConfigurationItem", 14),
        ("ValveTwo", "ConfigurationItem", 15),
        ("PumpOne", "ConfigurationItem", 16),
        ("PumpTwo", "ConfigurationItem", 17),
    ]
    values = _values(batch)
    assert values["Top"] == {
        "availability": 1,
        "description": "Begge tog svikter",
        "attributes": {"system": "ECCS", "open_psa": "gate", "formula": "and", "fault_tree": "TwoTrain"},
    }
    assert {name: values[name]["availability"] for name in ("ValveOne", "ValveTwo", "PumpOne", "PumpTwo")} == {
        "ValveOne": 0.5,
        "ValveTwo": 0.5,
        "PumpOne": pytest.approx(0.3),
        "PumpTwo": pytest.approx(0.3),
    }
    assert _links(batch) == [
        ("One", "depends_on", "PumpOne", []),
        ("One", "depends_on", "ValveOne", []),
        ("Top", "depends_on", "One", ["and"]),
        ("Top", "depends_on", "Two", ["and"]),
        ("Two", "depends_on", "PumpTwo", []),
        ("Two", "depends_on", "ValveTwo", []),
    ]
    assert [(each.consumer_ref, each.name, each.values) for each in batch.pools] == [
        ("Top", "and", b'{"evidence":"2 of 2 must fail","need":1}')
    ]


def test_importing_it_twice_changes_nothing(tmp_path: Path) -> None:
    """The classes and the type are the catalogue's, and every row is taken."""
    from cmdb.record import Record
    from cmdb.settings import Settings

    (tmp_path / "tree.xml").write_text(TWO_TRAINS, encoding="utf-8")
    settings = Settings.read(store=f"sqlite:///{tmp_path / 'cmdb.db'}", cache_dir=tmp_path)
    with Record.open(settings, create=True) as record:
        batches = importer.read([open_source(tmp_path / "tree.xml")], ReadOptions())
        first, again = record.import_batches(batches), record.import_batches(batches)

    assert (first.exit_code, first.proposal.problems) == (0, [])
    assert again.revision == first.revision


@st.composite
def _formulas(draw: st.DrawFn, depth: int = 3) -> tuple[str, Any]:
    """A formula as XML and as a function of the events that have occurred."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from([*"abcd", "g", "true", "false"]))
        if name in ("true", "false"):
            return f'<constant value="{name}"/>', lambda occurred, _: name == "true"
        kind = "gate" if name == "g" else draw(st.sampled_from(["basic-event", "event"]))
        return f'<{kind} name="{name}"/>', lambda occurred, g: g(occurred) if name == "g" else name in occurred
    kind = draw(st.sampled_from(["and", "or", "atleast", "cardinality"]))
    parts = draw(st.lists(_formulas(depth - 1), min_size=1, max_size=4, unique_by=lambda part: part[0]))
    least = {"and": len(parts), "or": 1}.get(kind) or draw(st.integers(1, len(parts)))
    more = f' min="{least}"' if kind in ("atleast", "cardinality") else ""
    more += f' max="{len(parts)}"' if kind == "cardinality" else ""
    text = f"<{kind}{more}>{''.join(part[0] for part in parts)}</{kind}>"
    return text, lambda occurred, g: sum(part[1](occurred, g) for part in parts) >= least


@given(st.data())
def test_a_gate_is_down_exactly_when_its_formula_occurs(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Nested formulas, constants, events named twice: every subset of the events, tried one by one."""
    inner, inner_occurs = data.draw(_formulas(2).filter(lambda formula: '"g"' not in formula[0]))
    outer, outer_occurs = data.draw(_formulas())
    gates = f'<define-gate name="top">{outer}</define-gate><define-gate name="g">{inner}</define-gate>'
    try:
        batch = _read(tmp_path_factory.mktemp("tree"), _model(gates, _events("abcd")))
    except FileProblem as problem:
        # One event named in two ways is the same event twice.
        assert "names an event twice in <" in problem.message  # noqa: PT017
        return
    always = {item.external_id for item in batch.items if _values(batch)[item.external_id]["availability"] == 0}

    for occurred in map(set, itertools.chain.from_iterable(itertools.combinations("abcd", n) for n in range(5))):
        down = _down(batch, occurred | always)

        assert ("g" in down) == inner_occurs(occurred, None)
        assert ("top" in down) == outer_occurs(occurred, lambda seen: inner_occurs(seen, None))


def test_every_class_and_type_is_in_the_catalogue(tmp_path: Path) -> None:
    """And its rule makes the gate the consumer, hard."""
    catalogue = load_catalogue(None)
    batch = _read(tmp_path, TWO_TRAINS)

    rules = {catalogue.rule_for("depends_on", one, "ConfigurationItem") for one in ("Service", "ConfigurationItem")}
    assert {catalogue.class_named(item.class_name) for item in batch.items} == {"Service", "ConfigurationItem"}
    assert {(rule.consumer, rule.impact) for rule in rules if rule is not None} == {("from", "hard")}


class TestNames:
    """Public names, private paths, several files."""

    def test_private_names_are_known_by_their_path(self, tmp_path: Path) -> None:
        """The innermost goes first; outside, a dotted path leads there."""
        component = (
            '<define-component name="C" role="private">'
            '<define-basic-event name="pump"><float value="0.2"/></define-basic-event>'
            '<define-gate name="g"><or><event name="pump"/><event name="top.x"/></or></define-gate></define-component>'
        )
        gates = f'<define-gate name="G"><and><gate name="C.g"/><event name="pump"/></and></define-gate>{component}'

        batch = _read(tmp_path, _model(gates, _events(["pump", "top.x"])))

        assert [(start, end) for start, _, end, _ in _links(batch)] == [
            *(("G", "T.C.g"), ("G", "pump")),
            *(("T.C.g", "T.C.pump"), ("T.C.g", "top.x")),
        ]
        assert _values(batch)["T.C.pump"]["availability"] == 0.8

    def test_files_are_one_model(self, tmp_path: Path) -> None:
        """The tree in one file, its data in another; each row stands in its own file."""
        gates = '<define-gate name="G"><or><event name="a"/></or></define-gate>'

        batch = _read(tmp_path, _model(gates), f"<opsa-mef><model-data>{_events('a')}</model-data></opsa-mef>")

        assert [(each.external_id, each.file) for each in batch.items] == [("G", 0), ("a", 1)]
        assert len(batch.files) == 2

    def test_event_trees_are_skipped_with_a_note(self, tmp_path: Path) -> None:
        """They are no part of a fault tree."""
        text = _model('<define-gate name="G"><event name="a"/></define-gate>', _events("a"))
        text = text.replace(
            "</opsa-mef>", '<define-event-tree name="E"/><define-initiating-event name="I"/></opsa-mef>'
        )

        batch = _read(tmp_path, text)

        assert batch.notes == [
            "1 <define-event-tree> are no part of a fault tree: skipped",
            "1 <define-initiating-event> are no part of a fault tree: skipped",
        ]


class TestProbabilities:
    """Expressions as numbers."""

    @pytest.mark.parametrize(
        ("expression", "probability"),
        [
            ('<float value="1e-3"/>', 0.001),
            ('<bool value="true"/>', 1.0),
            ('<mul><float value="0.5"/><float value="0.5"/></mul>', 0.25),
            ('<add><float value="0.1"/><float value="0.2"/></add>', 0.3),
            ('<neg><float value="-0.5"/></neg>', 0.5),
            ('<exponential><float value="1e-4"/><float value="100"/></exponential>', 0.009950166250831893),
            ('<min><float value="0.1"/><float value="0.2"/></min>', 0.1),
            ('<pow><float value="0.1"/><int value="2"/></pow>', 0.01),
            ('<lognormal-deviate><float value="0.1"/><int value="3"/><float value="0.95"/></lognormal-deviate>', 0.1),
            ('<uniform-deviate><float value="0.1"/><float value="0.3"/></uniform-deviate>', 0.2),
            ('<parameter name="p" unit="hours"/>', 0.25),
        ],
    )
    def test_an_expression_has_its_value(self, tmp_path: Path, expression: str, probability: float) -> None:
        """Arithmetic as it is, a distribution by its mean."""
        events = f'<define-basic-event name="a">{expression}</define-basic-event>'
        events += '<define-parameter name="p"><mul><parameter name="r"/><parameter name="r"/></mul></define-parameter>'
        events += '<define-parameter name="r"><float value="0.5"/></define-parameter>'

        batch = _read(tmp_path, _model('<define-gate name="G"><event name="a"/></define-gate>', events))

        assert batch.problems == []
        assert _values(batch)["a"]["attributes"]["probability"] == pytest.approx(probability, rel=1e-15)
        assert _values(batch)["a"]["availability"] == pytest.approx(1 - probability, rel=1e-15)

    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("", "basic event a has no expression"),
            ('<float value="1.5"/>', "its probability is 1.5: it must lie from 0 to 1"),
            ('<float value="-0.1"/>', "it must lie from 0 to 1"),
            ('<float value="nan"/>', "it must be finite"),
            ('<float value="a"/>', "it must be a number"),
            ("<system-mission-time/>", "<system-mission-time> is not supported"),
            ("<periodic-test/>", "its expression <periodic-test> is not supported"),
            ('<parameter name="x"/>', "the parameter 'x' is defined nowhere"),
            ('<parameter name="p"/>', "the parameter 'p' depends on itself: p → q → p"),
            ('<div><int value="1"/><int value="0"/></div>', "has no value"),
            ('<pow><int value="-1"/><float value="0.5"/></pow>', "has no value"),
            ('<sqrt><int value="1"/><int value="1"/></sqrt>', "it takes 1 operands"),
            ('<float value="0.1"/><float value="0.1"/>', "has 2 expressions"),
        ],
    )
    def test_one_that_has_none_is_refused_with_its_row(self, tmp_path: Path, expression: str, message: str) -> None:
        """The event is refused; the gate that names it stays, and the record keeps a placeholder in its place."""
        events = (
            f'\n<define-basic-event name="a">{expression}</define-basic-event>'
            '<define-parameter name="p"><parameter name="q"/></define-parameter>'
            '<define-parameter name="q"><parameter name="p"/></define-parameter>'
        )

        batch = _read(tmp_path, _model('<define-gate name="G"><event name="a"/></define-gate>', events))

        [problem] = batch.problems
        assert (problem.severity, problem.id) == ("refused", "a")
        assert message in problem.message
        assert problem.row in (1, 2)
        assert [each.external_id for each in batch.items] == ["G"]
        assert _links(batch) == [("G", "depends_on", "a", [])]

    def test_house_events_are_constants(self, tmp_path: Path) -> None:
        """True has occurred for good, false never does; an event of neither is refused."""
        events = '<define-house-event name="on"><constant value="true"/></define-house-event>'
        events += (
            '<define-house-event name="off"/><define-house-event name="odd"><constant value="x"/></define-house-event>'
        )
        named = '<house-event name="on"/><event name="off"/><event name="odd"/>'
        gates = f'<define-gate name="G"><or>{named}</or></define-gate>'

        batch = _read(tmp_path, _model(gates, events))

        values = _values(batch)
        assert (values["on"]["availability"], values["off"]["availability"]) == (0, 1)
        assert [each.message for each in batch.problems] == ["house event odd is 'x': it must be true or false"]

    def test_a_common_cause_is_an_event_of_its_own(self, tmp_path: Path) -> None:
        """Each member fails by itself, (1 - beta) q, or by the event of the group, beta q."""
        group = (
            '<define-CCF-group name="pumps" model="beta-factor"><members><basic-event name="a"/><basic-event name="b"/>'
            '</members><distribution><float value="0.01"/></distribution>'
            '<factors><factor level="2"><float value="0.1"/></factor></factors></define-CCF-group>'
        )
        gates = '<define-gate name="G"><and><event name="a"/><event name="b"/></and></define-gate>' + group
        events = '<define-basic-event name="a"/><define-basic-event name="b"/>'

        batch = _read(tmp_path, _model(gates, events))

        assert batch.problems == []
        values = _values(batch)
        assert {name: values[name]["availability"] for name in ("a", "b", "pumps")} == pytest.approx(
            {"a": 0.991, "b": 0.991, "pumps": 0.999}, rel=1e-15
        )
        assert ("a", "depends_on", "pumps", []) in _links(batch)
        assert ("b", "depends_on", "pumps", []) in _links(batch)


A, B = '<event name="a"/>', '<event name="b"/>'


class TestRefused:
    """A tree that cannot be kept as it is meant is refused whole, naming the gate."""

    @pytest.mark.parametrize(
        ("formula", "message"),
        [
            (f"<not>{A}</not>", "gate G holds <not>, which is not monotone"),
            (f"<xor>{A}{B}</xor>", "gate G holds <xor>, which is not monotone"),
            (f"<or>{A}<and>{B}<not>{A}</not></and></or>", "gate G holds <not>"),
            (f"<imply>{A}{B}</imply>", "gate G holds <imply>"),
            (f'<cardinality min="1" max="1">{A}{B}</cardinality>', "max below its arguments"),
            (f'<atleast min="3">{A}{B}</atleast>', "needs at least 3 of 2: min must lie from 1 to 2"),
            (f'<atleast min="0">{A}{B}</atleast>', "needs at least 0 of 2"),
            (f"<atleast>{A}{B}</atleast>", "with min '': it must be a whole number"),
            (f'<atleast min="2">{A}{A}{B}</atleast>', "names an event twice in <atleast>"),
            ("<and/>", "<and> of nothing"),
            (f"<maybe>{A}</maybe>", "holds <maybe>, which is no connective"),
            ("", "gate G has no formula"),
            (A + B, "gate G has 2 formulas"),
            ('<event name="x"/>', "names the event 'x', which is defined nowhere"),
            ('<gate name="a"/>', "names the gate 'a', which is a basic event"),
            ('<or><gate name="H"/></or>', "gate G depends on itself: G → H → G"),
        ],
    )
    def test_a_formula_that_has_no_form_here(self, tmp_path: Path, formula: str, message: str) -> None:
        """NOT and XOR, thresholds that make no sense, names that mean nothing, circles."""
        gates = f'\n<define-gate name="G">{formula}</define-gate><define-gate name="H"><gate name="G"/></define-gate>'

        with pytest.raises(FileProblem) as problem:
            _read(tmp_path, _model(gates, _events("ab")))

        assert message in problem.value.message
        assert problem.value.row == 2

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("<nmaprun/>", "its root is <nmaprun>, not <opsa-mef>"),
            ("<opsa-mef/>", "there is no fault tree to import"),
            (_model('<define-gate><event name="a"/></define-gate>'), "<define-gate> has no name"),
            (_model("", _events("aa")), "basic event 'a' is defined twice, first in "),
            (_model('<define-substitution name="s"/>', _events("a")), "<define-substitution> is refused"),
            (_model('<include file="b.xml"/>', _events("a")), "name the other file too"),
            (_model("<define-thing/>", _events("a")), "<define-thing> is refused"),
            (
                _model('<define-CCF-group name="c" model="MGL"/>', _events("a")),
                "CCF group c is of the model 'MGL': only beta-factor",
            ),
            (
                '<!DOCTYPE opsa-mef [<!ENTITY x SYSTEM "file:///etc/passwd">]><opsa-mef>&x;</opsa-mef>',
                "entities are refused",
            ),
            ("<opsa-mef><define-fault-tree", "this is not XML"),
        ],
    )
    def test_a_file_that_is_no_such_model(self, tmp_path: Path, text: str, message: str) -> None:
        """What it is instead, or what is wrong with it, and where."""
        with pytest.raises(FileProblem) as problem:
            _read(tmp_path, text)

        assert message in problem.value.message
        assert problem.value.row == 1 or "no fault tree" in message

    def test_parameters_of_great_depth_are_refused_and_no_traceback(self, tmp_path: Path) -> None:
        """A chain of parameters is followed a hundred deep."""
        chain = "".join(
            f'<define-parameter name="p{n}"><parameter name="p{n + 1}"/></define-parameter>' for n in range(200)
        )
        events = f'{chain}<define-basic-event name="a"><parameter name="p0"/></define-basic-event>'

        batch = _read(tmp_path, _model('<define-gate name="G"><event name="a"/></define-gate>', events))

        assert "above 100 deep" in batch.problems[0].message


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        (TWO_TRAINS, 1.0),
        ("<opsa-mef>", 1.0),
        ("<mef:opsa-mef xmlns:mef='u'/>", 1.0),
        ("<nmaprun/>", 0.0),
        ("cmdb: 1\nsource: a\n", 0.0),
        ("id,name\n1,<opsa-mef>\n", 0.0),
    ],
)
def test_it_recognises_its_own(tmp_path: Path, text: str, sure: float) -> None:
    """By the root element, whatever the file is called."""
    path = tmp_path / "tree"
    path.write_text(text, encoding="utf-8")

    assert importer.recognises(open_source(path)) == sure
