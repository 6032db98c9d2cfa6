"""Pictures of findings: complete, readable without colour, and names are data in each format."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

import networkx as nx
import pytest

from impact.breaks import impact_of
from impact.finding import ImpactFinding
from impact.needs import needs_of
from impact.render import impact_picture, needs_picture, to_dot, to_graphml, to_mermaid

NASTY = '"]--> x{{\\n<script>&#35;\x1b[31m\x00`%% click n0 "javascript:" æøå 😀\n;'

SHOP = """
    shop -> db1 | db
    shop -> db2 | db
    db1 -> host
    db2 -> host
    portal ~> shop
    mall -> shop2
    shop2 -> host | h
    shop2 -> host2 | h
"""


@pytest.fixture
def picture(estate):
    shop = estate(SHOP, {"portal": {"class": "BusinessService"}, "db1": {"name": NASTY}}, shop_db=1, shop2_h=1)
    return impact_picture(impact_of(shop.snapshot, shop.ids("host")))


def test_every_affected_item_and_its_reasons_are_drawn(picture):
    """Asked and affected items are nodes, pools stand between, arrows run from cause to effect."""
    labels = {node.key: node.lines[0] for node in picture.nodes}

    arrows = {(labels[arrow.start], labels[arrow.end], arrow.hard) for arrow in picture.arrows}

    assert arrows == {
        ("host", NASTY, True),
        ("host", "db2", True),
        (NASTY, "pool db", True),
        ("db2", "pool db", True),
        ("pool db", "shop", True),
        ("shop", "portal", False),
        ("host", "pool h", True),
        ("pool h", "shop2", True),
        ("shop2", "mall", True),
    }


def test_states_are_told_by_words_and_shapes(picture):
    """Colour is never alone: each state has its words and its shape."""
    text = to_mermaid(picture)

    words = {node.look: node.lines[-1] for node in picture.nodes if node.look != "pool"}
    assert words["asked"] == "taken DOWN"
    assert words["down"].startswith("DOWN")
    assert (words["degraded"], words["at_risk"]) == ("degraded", "at risk")
    shapes = {node.look: re.search(rf"^    {node.key}([^\w\s\"]+)\"", text, re.M).group(1) for node in picture.nodes}
    assert len(set(shapes.values())) == len(shapes) == 5


def test_names_are_data_in_mermaid(picture):
    """A nasty name stands inside its quotes as character codes, and adds no line."""
    text = to_mermaid(picture)

    nodes = [line for line in text.splitlines() if line.endswith(":::down")]
    assert all(
        re.fullmatch(r'    n\d+\["[^"<>\[\]{}`%:;]*(?:(?:#\d+;|<br/>)[^"<>\[\]{}`%:;]*)*"\]:::down', n) for n in nodes
    )
    assert "æøå 😀" not in text
    assert "æøå" in text
    assert "\x1b" not in text


def test_names_are_data_in_dot(picture):
    """Each quoted string ends where its writer ends it."""
    lines = to_dot(picture).splitlines()

    body = re.compile(r'    \w+( -> \w+)? \[(?:[\w= ,]|"(?:[^"\\]|\\.)*")*\]')
    assert lines[0] == "digraph finding {"
    assert lines[-1] == "}"
    assert all(body.fullmatch(line) for line in lines[1:-1])
    assert not any("\x00" in line or "\x1b" in line for line in lines)


def test_names_are_data_in_graphml(picture):
    """The XML is well-formed, and NetworkX reads back the nodes, edges and facts."""
    text = to_graphml(picture)

    ElementTree.fromstring(text)
    graph = nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)
    assert (len(graph), graph.number_of_edges()) == (len(picture.nodes), len(picture.arrows))
    assert {values.get("state") for _, values in graph.nodes(data=True)} == {"down", "degraded", "at_risk", None}


def test_what_does_not_fit_is_said_in_the_picture(estate):
    """A limit draws items that hang together and a note with the true count of the rest."""
    row = estate("\n".join(f"i{number + 1} -> i{number}" for number in range(9)), {"i9": {"class": "BusinessService"}})
    finding = impact_of(row.snapshot, row.ids("i0"))

    few = impact_picture(finding, limit=4)
    none = impact_picture(finding, limit=0)

    assert few.nodes[-1].lines == ("5 more affected items are not drawn",)
    assert [node.lines[0] for node in few.nodes[:-1]] == ["i0", "i1", "i2", "i3", "i4"]
    assert len(few.arrows) == 4
    assert none.nodes[-1].lines == ("9 more affected items are not drawn",)


def test_what_is_down_before_stands_beside_as_a_cause(estate):
    """A cause in maintenance that was not asked about is drawn, and said to be down before."""
    shop = estate("shop -> db1 | db\n shop -> db2 | db", {"db2": {"status": "maintenance"}}, shop_db=1)

    picture = impact_picture(impact_of(shop.snapshot, shop.ids("db1")))

    assert ("db2", "Server", "DOWN before") in [node.lines for node in picture.nodes]


def test_needs_are_drawn_from_the_item_down(estate):
    """Arrows run from consumer to provider; the depth's end and the limit are notes."""
    shop = estate(SHOP, shop_db=1, shop2_h=1)
    finding = needs_of(shop.snapshot, shop.id("portal"), depth=2)

    whole = needs_picture(finding)
    few = needs_picture(finding, limit=1)

    labels = {node.key: node.lines[0] for node in whole.nodes}
    assert {(labels[arrow.start], labels[arrow.end]) for arrow in whole.arrows} == {
        ("portal", "shop"),
        ("shop", "pool db"),
        ("pool db", "db1"),
        ("pool db", "db2"),
    }
    assert whole.nodes[-1].key == "deeper"
    assert [node.key for node in few.nodes] == ["n0", "more", "deeper"]
    for writer in (to_mermaid, to_dot, to_graphml):
        assert "portal" in writer(whole)


def test_a_finding_from_json_is_not_drawn(estate):
    """Without its columns a finding cannot be drawn, and says what to do."""
    shop = estate(SHOP)
    finding = ImpactFinding.model_validate_json(impact_of(shop.snapshot, shop.ids("host")).to_json())

    with pytest.raises(ValueError, match="ask the question again"):
        impact_picture(finding)
