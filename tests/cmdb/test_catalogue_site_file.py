"""A site's own catalogue file: what it may add and override, and what is said when it is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cmdb.catalogue import PoolRule, load_catalogue
from cmdb.errors import CatalogueError

Site = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Write a site's file and give its path."""

    def write(text: str | bytes, name: str = "site.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def refusal(path: Path) -> CatalogueError:
    """Load a file that must be refused and give the error."""
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(path)
    return refused.value


GOOD = """
catalogue: 1
vocabularies: [excel]
classes:
  FishPump:
    parent: Hardware
    description: A pump in a fish tank
    tier: 35
    mtbf_hours: 4000
    mttr_hours: 6.5
    aliases: {excel: [Pumpe, Fiskepumpe på kai], servicenow: [u_cmdb_ci_pump]}
  BigPump: {parent: FishPump}
  FishFarming: {parent: BusinessService, stale_after_days: 30}
types:
  waters:
    inverse: watered by
    description: Brings water to the other.
    rules:
      - {from: FishPump, to: ConfigurationItem, consumer: to, impact: hard, pool: {name: pumps, need: "50%"}}
      - {from: BigPump, to: Server, consumer: to, impact: none}
statuses:
  retired: {any: [kassert], excel: [ute av drift]}
override:
  classes:
    Server: {mtbf_hours: 50000, mttr_hours: 3, stale_after_days: 7, stale_source: our own routine}
    Component: {service: true}
  types:
    depends_on:
      aliases: {any: [leans on]}
      rules:
        - {from: ConfigurationItem, to: FishPump, consumer: from, impact: soft}
        - {from: ConfigurationItem, to: Contact, consumer: from, impact: soft}
  statuses:
    degraded: {servicenow.install_status: ["2"]}
"""


def test_a_site_adds_classes_types_and_words_without_code(site: Site) -> None:
    """Additions inherit from the shipped classes, and are found by name and alias."""
    path = site(GOOD)

    catalogue = load_catalogue(path)

    pump = catalogue.classes["BigPump"]
    assert pump.ancestors == ("FishPump", "Hardware", "ConfigurationItem")
    assert (pump.tier, pump.mtbf_hours, pump.mttr_hours) == (35, 4000, 6.5)
    assert pump.source == "the site's catalogue file"
    assert catalogue.is_service("FishFarming")
    assert catalogue.classes["FishFarming"].stale_source == "the site's catalogue file"
    assert catalogue.class_named("fiskepumpe på KAI", "excel") == "FishPump"
    assert catalogue.class_named("u_cmdb_ci_pump", "servicenow") == "FishPump"
    assert catalogue.type_named("watered by") == ("waters", True)
    rule = catalogue.rule_for("waters", "BigPump", "Rack")
    assert rule is not None
    assert (rule.consumer, rule.impact, rule.pool) == ("to", "hard", PoolRule("pumps", "50%"))
    special = catalogue.rule_for("waters", "BigPump", "Hypervisor")
    assert special is not None
    assert special.impact == "none"
    assert catalogue.status_named("Ute av drift", "excel") == "retired"
    assert catalogue.status_named("kassert", "netbox") == "retired"
    assert catalogue.origin == ("shipped", str(path))
    assert catalogue.digest != load_catalogue().digest


def test_a_site_overrides_defaults_and_rules_by_saying_so(site: Site) -> None:
    """Only what the override states changes; the rest of the class or type stays as shipped."""
    shipped = load_catalogue()

    catalogue = load_catalogue(site(GOOD))

    server = catalogue.classes["Server"]
    assert (server.mtbf_hours, server.mttr_hours, server.source) == (50000, 3, "the site's catalogue file")
    assert (server.stale_after_days, server.stale_source) == (7, "our own routine")
    assert server.tier == shipped.classes["Server"].tier
    assert server.aliases == shipped.classes["Server"].aliases
    assert catalogue.is_service("Component")
    assert not catalogue.is_service("WebServer")
    impacts = {
        to: rule.impact
        for to in ("Server", "BigPump", "Team")
        if (rule := catalogue.rule_for("depends_on", "Application", to))
    }
    assert impacts == {"Server": "hard", "BigPump": "soft", "Team": "soft"}
    assert catalogue.type_named("leans on") == ("depends_on", False)
    assert catalogue.status_named("2", "servicenow.install_status") == "degraded"
    assert catalogue.status_named("6", "servicenow.install_status") == "planned"


def test_the_order_of_a_file_does_not_change_its_digest(site: Site) -> None:
    """A cached answer stays good when somebody tidies the file."""
    one = site("catalogue: 1\nclasses: {A: {parent: Server}, B: {parent: A, tier: 3}}\n", "one.yaml")
    other = site(
        "# tidied\nclasses:\n  B:\n    tier: 3\n    parent: 'A'\n  A: {parent: Server}\ncatalogue: 1\n", "other.yaml"
    )

    assert load_catalogue(one).digest == load_catalogue(other).digest


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(site: Site) -> None:
    """The catalogue is kept for one state of the file."""
    path = site("catalogue: 1\nclasses: {A: {parent: Server}}\n")
    first = load_catalogue(path)
    assert load_catalogue(path) is first

    site("catalogue: 1\nclasses: {B: {parent: Server}}\n")
    os.utime(path, ns=(1, 1))

    assert "B" in load_catalogue(path).classes


PROBLEMS = [
    ("classes: {P: {parent: Hardwear}}", "no class is called; did you mean Hardware?"),
    ("classes: {P: {parent: Q}, Q: {parent: R}, R: {parent: P}}", "is its own ancestor (P > Q > R > P)"),
    ("classes: {P: {parent: P}}", "is its own ancestor (P > P)"),
    ("classes: {P: {}}", "has no parent; write one"),
    ("classes: {Pump-1: {parent: Server}}", "cannot be a label in the graph"),
    ("classes: {Måler: {parent: Server}}", "cannot be a label in the graph"),
    ("classes: {ChangeRequest: {parent: Server}}", "is a word of the record itself"),
    ("classes: {Server: {parent: Computer}}", "change it under `override: classes:`"),
    ("classes: {SERVER: {parent: Computer}}", "would be read as a class 'Server'"),
    ("classes: {PC: {parent: Computer}}", "already stands for Workstation"),
    ("classes: {P: {parent: Server, servise: true}}", "did you mean service?"),
    ("classes: {P: {parent: Server, service: yes}}", "must be true or false, not 'yes'"),
    ("classes: {P: {parent: Server, service: NO}}", "must be true or false, not 'NO'"),
    ("classes: {P: {parent: Server, tier: 12:30}}", "must be a whole number"),
    ("classes: {P: {parent: Server, stale_after_days: 0}}", "whole number from 1"),
    ("classes: {P: {parent: Server, mtbf_hours: .nan, mttr_hours: 1}}", "number of hours above 0"),
    ("classes: {P: {parent: Server, mtbf_hours: -1, mttr_hours: 1}}", "number of hours above 0"),
    ("classes: {P: {parent: Server, mtbf_hours: 1e999, mttr_hours: 1}}", "number of hours above 0"),
    ("classes: {P: {parent: Server, mtbf_hours: 10}}", "give both or neither"),
    ("classes: {P: {parent: Server, aliases: {servicenow: [cmdb_ci_rack]}}}", "already stands for Rack"),
    ("classes: {P: {parent: Server, aliases: {servicenow: [Router]}}}", "already stands for Router"),
    ("classes: {P: {parent: Server, aliases: {servicnow: [x]}}}", "did you mean servicenow?"),
    ("classes: {P: {parent: Server, aliases: {excel: [x]}}}", "declare it: `vocabularies: [excel]`"),
    ("classes: {P: {parent: Server, aliases: {any: ['--']}}}", "no letter or digit to know it by"),
    ("classes: [P]", "must be a table"),
    ("vocabularies: [Excel 97]", "vocabulary 'Excel 97' cannot be used"),
    ("types: {wets: {inverse: used by}}", "already stands for depends_on read from the other end"),
    ("types: {wets: {}}", "has no inverse"),
    ("types: {Wets: {inverse: wet by}}", "cannot be a relationship in the graph"),
    ("types: {has_pool: {inverse: pool of}}", "is a word of the record itself"),
    ("types: {depends_on: {inverse: x}}", "change it under `override: types:`"),
    ("types: {wets: {inverse: wet by, rules: [{from: Sevrer, to: Rack, consumer: to, impact: hard}]}}", "mean Server?"),
    ("types: {wets: {inverse: wet by, rules: [{from: Server, to: Rack, impact: hard}]}}", "lacks consumer"),
    ("types: {wets: {inverse: wet by, rules: [{from: Server, to: Rack, consumer: both, impact: hard}]}}", "from or to"),
    (
        "types: {wets: {undirected: true, rules: [{from: Server, to: Rack, consumer: to, impact: hard}]}}",
        "is undirected, so it has no consumer",
    ),
    (
        "types: {wets: {inverse: wet by, rules: [{from: Server, to: Computer, consumer: to, impact: hard},"
        " {from: Computer, to: Server, consumer: from, impact: hard}]}}",
        "fit Server to Server equally well; add a rule for that pair",
    ),
    (
        "types: {wets: {inverse: wet by, rules: [{from: Server, to: Rack, consumer: to, impact: hard},"
        " {from: Server, to: Rack, consumer: from, impact: hard}]}}",
        "stands here a second time",
    ),
    (
        "types: {w: {inverse: x, rules: [{from: Server, to: Rack, consumer: to, impact: hard,"
        " pool: {name: p, need: 0}}]}}",
        "a pool that needs nobody can never fail",
    ),
    (
        "types: {w: {inverse: x, rules: [{from: Server, to: Rack, consumer: to, impact: none, pool: {name: p}}]}}",
        "makes a pool without impact",
    ),
    ("statuses: {oprational: {any: [x]}}", "did you mean operational?"),
    ("statuses: {retired: {any: [active]}}", "already stands for operational"),
    ("criticalities: {vital: {servicenow: ['4 - Not critical']}}", "already stands for low"),
    ("override: {classes: {Sevrer: {tier: 3}}}", "did you mean Server?"),
    ("override: {classes: {Server: {parent: Hardware}}}", "the parent of 'Server' cannot be changed"),
    ("override: {classes: {Server: {mtbf_hours: 3}}}", "they belong together, give both"),
    ("override: {types: {runs_on: {inverse: x}}}", "the inverse of 'runs_on' cannot be changed"),
    ("override: {statuses: {operational: {any: [planned]}}}", "already stands for planned"),
    (
        "override: {types: {depends_on: {rules: ["
        "{from: Service, to: ConfigurationItem, consumer: from, impact: soft}]}}}",
        "fit Service to Contact equally well",
    ),
    ("clases: {}", "did you mean classes?"),
]


@pytest.mark.parametrize(("text", "said"), PROBLEMS)
def test_each_mistake_is_told_with_file_line_and_what_to_do(site: Site, text: str, said: str) -> None:
    """One mistake, one clear sentence on the line where it stands."""
    path = site(f"catalogue: 1\n# the mistake follows\n{text}\n")

    error = refusal(path)

    assert said in str(error)
    assert str(error).startswith(f"{path}:3: ")
    assert (error.file, error.row) == (str(path), 3)


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(site: Site) -> None:
    """A person mends the file in one go."""
    path = site(
        "catalogue: 1\nclasses:\n  P: {parent: Hardwear}\n  Q: {parent: Server, tier: high}\n"
        "types:\n  wets: {inverse: wet by, rules: [{from: P, to: Nothing, consumer: to, impact: hard}]}\n"
    )

    lines = str(refusal(path)).splitlines()

    assert [line.removeprefix(f"{path}:").split(":")[0] for line in lines] == ["3", "4", "6"]


@pytest.mark.parametrize(
    ("content", "said", "row"),
    [
        (b"", "the file is empty", 1),
        (b"\n# nothing but a comment\n", "the file is empty", 1),
        (b"classes: {}\n", "begin it with `catalogue: 1`", 1),
        (b"- a\n- b\n", "begin it with `catalogue: 1`", 1),
        (b"catalogue: 2\n", "reads `catalogue: 1` only", 1),
        (b"catalogue: 1\nclasses: {A: {parent: \n", "not YAML", 3),
        (b"catalogue: 1\nclasses:\n\tA: 1\n", "not YAML", 3),
        (b"catalogue: 1\n# \x00\n", "not YAML", 2),
        ("catalogue: 1\n# Måler\n".encode("latin-1"), "not UTF-8", 2),
        (b"catalogue: 1\nclasses: &a {A: {parent: Server}}\n", "anchor or alias 'a'", 2),
        (b"catalogue: 1\nclasses: !!map {}\n", "is not allowed here", 2),
        (b"catalogue: 1\n---\ncatalogue: 1\n", "a second document", 2),
        (b"catalogue: 1\ncatalogue: 1\n", "'catalogue' stands here a second time (first on line 1)", 2),
        (b"catalogue: 1\nclasses: " + b"[" * 5000, "nested deeper", 2),
        (b"catalogue: 1\n? [a, b]\n: 1\n", "a key must be a word", 2),
        (b"catalogue: 1\n#" + b"x" * 2_000_000, "more than 2,000,000 bytes", 1),
    ],
)
def test_what_is_no_catalogue_file_is_refused(site: Site, content: bytes, said: str, row: int) -> None:
    """Empty, cut, mis-coded and hostile files end in a sentence with the line, never in a traceback."""
    error = refusal(site(content))

    assert said in str(error)
    assert error.row == row


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    """The message names the path and what to check."""
    assert "check the path" in str(refusal(tmp_path / "none.yaml"))
    assert "no ordinary file" in str(refusal(tmp_path))
    assert "check the path" in str(refusal(Path("nul\0byte.yaml")))


def test_a_byte_order_mark_and_norwegian_letters_are_fine(site: Site) -> None:
    """Files come from Windows editors, too; descriptions and aliases hold any letter."""
    path = site(
        b"\xef\xbb\xbf" + "catalogue: 1\r\nclasses: {P: {parent: Server, description: Blåbærmåler}}\r\n".encode()
    )

    assert load_catalogue(path).classes["P"].description == "Blåbærmåler"


def test_the_example_of_the_reference_page_is_a_good_file(site: Site) -> None:
    """What the page shows can be copied and used."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "catalogue.md"
    example = page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]

    catalogue = load_catalogue(site(example))

    assert catalogue.class_named("pumpe", "excel") == "FishPump"
    assert catalogue.type_named("Watered by") == ("waters", True)
    assert catalogue.criticality_named("livsviktig", "excel") == "vital"
