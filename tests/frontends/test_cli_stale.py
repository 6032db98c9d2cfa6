"""Answers that rest on what nobody has seen for long say so."""

from __future__ import annotations

import pytest

ESTATE = """
cmdb: 1
source: acme
exported_at: 2020-01-01T00:00:00Z
items:
  - {id: shop, class: BusinessService, name: Nettbutikk, criticality: high, users: 10}
  - {id: web, class: Application, name: web}
  - {id: host, class: Server, name: gammel-vert}
  - {id: other, class: Server, name: annen}
relationships:
  - {from: shop, type: depends_on, to: web, pool: web}
  - {from: web, type: runs_on, to: host}
pools:
  - {consumer: shop, name: web, need: 1}
"""


@pytest.mark.parametrize(
    "question",
    [
        ["impact", "gammel-vert"],
        ["impact", "web"],
        ["needs", "Nettbutikk"],
        ["spof"],
        ["availability"],
        ["cutsets", "Nettbutikk"],
        ["what-if", "--down", "web"],
        ["what-if", "--down", "web", "--service", "Nettbutikk"],
        ["network", "gammel-vert", "web"],
        ["capacity", "Nettbutikk"],
    ],
    ids=" ".join,
)
def test_an_answer_on_stale_items_names_them(question: list[str], run, answer, folder) -> None:
    """A reassuring answer must not rest on what may be long gone."""
    (folder / "estate.yaml").write_text(ESTATE, encoding="utf-8")
    run("import", "estate.yaml")

    warnings = answer(*question)["warnings"]

    (told,) = [each for each in warnings if "nobody has seen" in each]
    assert "gammel-vert (" in told
    assert "annen" not in told
    assert "cmdb verify" in told


def test_what_was_verified_is_fresh(run, answer, folder) -> None:
    """Whoever looked says so, and the warning goes; no revision is made."""
    (folder / "estate.yaml").write_text(ESTATE, encoding="utf-8")
    run("import", "estate.yaml")

    said = answer("verify", "gammel-vert", "web", "Nettbutikk")

    assert (said["revision"], len(said["verified"])) == (1, 3)
    assert "nobody has seen" not in str(answer("impact", "gammel-vert")["warnings"])


def test_the_past_is_not_stale(run, answer, folder) -> None:
    """A question about the past has nothing to say of the present."""
    (folder / "estate.yaml").write_text(ESTATE, encoding="utf-8")
    run("import", "estate.yaml")

    assert "nobody has seen" not in str(answer("impact", "gammel-vert", "--as-of", "1")["warnings"])
