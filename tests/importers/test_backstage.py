"""Backstage catalogs: entities, references with defaults, what is no entity, and two organisations' real catalogs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from cmdb.catalogue import load_catalogue
from cmdb.errors import FileProblem
from cmdb.model import ImportBatch
from importers.backstage import importer
from importers.reading import SourceFile, open_source
from importers.registry import ReadOptions

HEAD = "apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def _entity(kind: str, name: str, spec: str = "{}") -> str:
    return HEAD.format(kind=kind, name=name, spec=spec)


def _read(folder: Path, *files: str | bytes, **options: Any) -> ImportBatch:
    paths = []
    for number, text in enumerate(files):
        path = folder / f"c{number}.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    [batch] = importer.read([open_source(path) for path in paths], ReadOptions(**options))
    return batch


def _links(batch: ImportBatch) -> set[tuple[str, str, str]]:
    return {(link.from_ref, link.type_name, link.to_ref) for link in batch.relationships}


COMPONENT = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Shop
  namespace: Web
  title: Nettbutikk på nett
  description: Sælger ting
  annotations: {example.com/rack: 007}
  tags: [java]
spec:
  type: service
  lifecycle: experimental
  owner: team-å
  system: sales
  subcomponentOf: portal
  dependsOn: [resource:default/db, component:cache]
  dependencyOf: ["component:Default/Front"]
  providesApis: [orders]
  consumesApis: [api:other/pay]
  custom: {deep: [1, 2.50]}
"""


def test_a_component_tells_what_it_is_and_what_it_rests_on(tmp_path: Path) -> None:
    """References are made full by their defaults, and told from one end only."""
    batch = _read(tmp_path, COMPONENT)
    [item] = batch.items
    assert (batch.source, batch.vocabulary, batch.complete) == ("backstage", "backstage", None)
    assert (item.row, item.external_id, item.class_name, item.name) == (2, "component:web/shop", "Component", "Shop")
    assert msgspec.json.decode(item.values) == {
        "description": "Sælger ting",
        "owner": "team-å",
        "status": "in_test",
        "attributes": {
            "title": "Nettbutikk på nett",
            "annotations": {"example.com/rack": "007"},
            "tags": ["java"],
            "type": "service",
            "lifecycle": "experimental",
            "spec": {"custom": {"deep": [1, 2.5]}},
        },
    }
    assert _links(batch) == {
        ("component:web/shop", "ownedBy", "group:web/team-å"),
        ("component:web/shop", "partOf", "system:web/sales"),
        ("component:web/shop", "partOf", "component:web/portal"),
        ("component:web/shop", "dependsOn", "resource:default/db"),
        ("component:web/shop", "dependsOn", "component:web/cache"),
        ("component:default/front", "dependsOn", "component:web/shop"),
        ("component:web/shop", "providesApi", "api:web/orders"),
        ("component:web/shop", "consumesApi", "api:other/pay"),
    }
    assert batch.problems == []


def test_every_word_it_uses_is_known_to_the_catalogue(tmp_path: Path) -> None:
    """Kinds and relation types mean something to the record, from each kind of entity."""
    catalogue = load_catalogue()
    kinds = ["Component", "API", "System", "Domain", "Resource", "Group", "User"]
    files = [COMPONENT, *(_entity(kind, f"x{kind}") for kind in kinds)]
    files += [
        _entity("Group", "g", "{parent: p, children: [c], members: [u]}"),
        _entity("User", "v", "{memberOf: [g]}"),
    ]
    batch = _read(tmp_path, "---\n".join(files))
    assert {item.class_name for item in batch.items} == set(kinds)
    assert all(catalogue.class_named(kind, "backstage") for kind in kinds)
    types = {link.type_name for link in batch.relationships}
    assert types >= {"ownedBy", "partOf", "dependsOn", "providesApi", "consumesApi", "childOf", "memberOf"}
    assert all(catalogue.type_named(type_name, "backstage") for type_name in types)


@pytest.mark.parametrize(
    ("lifecycle", "status", "warned"),
    [("production", "operational", False), ("Experimental", "in_test", False), ("deprecated", "operational", False),
     ("retired", "retired", False), ("sunset-ish", None, True), ("null", None, False)],
)  # fmt: skip
def test_a_lifecycle_is_a_status(tmp_path: Path, lifecycle: str, status: str | None, warned: bool) -> None:
    """A word that nobody knows is kept and warned about; the entity is taken all the same."""
    batch = _read(tmp_path, _entity("Component", "a", f"{{lifecycle: {lifecycle}}}"))
    assert msgspec.json.decode(batch.items[0].values).get("status") == status
    assert [problem.severity for problem in batch.problems] == (["warning"] if warned else [])


def test_both_ends_of_one_relation_are_one_relationship(tmp_path: Path) -> None:
    """A group lists its members and its children, they name their group: the same fact."""
    batch = _read(
        tmp_path,
        _entity("Group", "g", "{parent: top, members: [ida, Ola]}"),
        _entity("User", "ida", "{memberOf: [g]}"),
        _entity("Group", "top", "{children: [g]}"),
    )
    assert len(batch.relationships) == len(_links(batch)) == 3
    assert ("user:default/ida", "memberOf", "group:default/g") in _links(batch)
    assert ("group:default/g", "childOf", "group:default/top") in _links(batch)


def test_an_entity_said_twice_is_taken_once(tmp_path: Path) -> None:
    """In the same words it is merged; in others the second is refused, and both places are named."""
    same, other = _entity("System", "s"), _entity("System", "S", "{owner: me}")
    batch = _read(tmp_path, same, "# elsewhere\n" + same, other)
    assert [(item.file, item.row) for item in batch.items] == [(0, 1)]
    [problem] = batch.problems
    assert (problem.row, problem.id) == (1, "system:default/s")
    assert "c0.yaml:1" in problem.message
    assert "c2.yaml:1" in problem.message
    assert any("said twice" in note for note in batch.notes)


def test_a_template_that_is_no_yaml_does_not_stop_the_others(tmp_path: Path) -> None:
    """Its file is a problem of its own, and the batch is partial, for nobody knows what it holds."""
    batch = _read(
        tmp_path,
        _entity("System", "a"),
        _entity("Component", "{{ name }}-x: y") + "{% if x %}\n",
        _entity("System", "b"),
    )
    assert [item.name for item in batch.items] == ["a", "b"]
    assert [item.file for item in batch.items] == [0, 2]
    [problem] = batch.problems
    assert problem.file.endswith("c1.yaml")
    assert "template" in problem.message
    assert batch.cut is not None
    with pytest.raises(FileProblem, match="template"):
        importer.read([open_source(tmp_path / "c1.yaml")], ReadOptions())


def test_what_is_no_entity_is_skipped_with_a_note(tmp_path: Path) -> None:
    """Workflows, other products' manifests and scaffolder templates are never guessed to be items."""
    batch = _read(
        tmp_path,
        "on: push\njobs: {}\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
        "# nothing\n",
        _entity("Template", "t").replace("backstage.io", "scaffolder.backstage.io").replace("v1alpha1", "v1beta3"),
        "- a\n- b\n",
        _entity("System", "s") + "---\nx: 1\n",
    )
    assert [item.name for item in batch.items] == ["s"]
    assert batch.problems == []
    assert batch.cut is None
    text = "\n".join(batch.notes)
    assert "and 3 others hold no Backstage entity" in text
    assert "1 documents in" in text
    assert "1 entities of kind Template" in text


def test_the_targets_of_a_location_are_noted_unless_they_were_read(tmp_path: Path) -> None:
    """A Location is no place on earth: it says where more of the catalog is."""
    spec = "{targets: [./c1.yaml, ./gone.yaml, 'https://example.com/x.yaml'], target: ../up.yaml}"
    batch = _read(tmp_path, _entity("Location", "all", spec), _entity("System", "s"))
    assert [item.class_name for item in batch.items] == ["System"]
    [note] = batch.notes
    assert "3 targets that were not read: ../up.yaml, ./gone.yaml, https://example.com/x.yaml" in note


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_entity("Component", "a", "{dependsOn: [db]}"), "names no kind"),
        (_entity("Component", "a", "{owner: 'a b'}"), "is no reference"),
        (_entity("Component", "a", "{owner: [[x]]}"), "is no reference"),
        (_entity("Component", "a", "{owner: 'group:'}"), "is no reference"),
        (_entity("Component", "a", "{dependsOn: ['component:a']}"), "names itself"),
        (_entity("Component", "a", "text"), "spec is 'text'"),
        (_entity("Component", "[a]"), "metadata.name"),
        (_entity("Component", "null"), "metadata.name"),
        (_entity("Component", "a/b"), "metadata.name"),
        (_entity("[x]", "a"), "kind is"),
        ("apiVersion: backstage.io/v1alpha1\nkind: Component\n", "no metadata"),
    ],
)
def test_what_is_wrong_in_an_entity_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """The entities around it are taken."""
    batch = _read(tmp_path, _entity("System", "before") + "---\n" + text + "---\n" + _entity("System", "after"))
    assert {"before", "after"} <= {item.name for item in batch.items}
    [problem] = batch.problems
    assert message in problem.message
    assert problem.row == 6


def test_numbers_in_names_and_words_like_no_are_read_as_written(tmp_path: Path) -> None:
    """A team may be called 007, NO or 1.10."""
    batch = _read(
        tmp_path, "---\n".join(_entity("Group", name, "{parent: NO}") for name in ("007", "NO", "1.10", "12"))
    )
    assert [item.name for item in batch.items] == ["007", "NO", "1.10", "12"]
    assert len(batch.problems) == 1  # NO is its own parent
    assert ("group:default/007", "childOf", "group:default/no") in _links(batch)


def test_the_list_of_the_catalogs_api_is_read(tmp_path: Path) -> None:
    """GET /api/catalog/entities gives the same entities as one JSON list."""
    path = tmp_path / "entities.json"
    entity = {"apiVersion": "backstage.io/v1alpha1", "kind": "System", "metadata": {"name": "s"}}
    path.write_bytes(msgspec.json.encode([entity, entity | {"metadata": {"name": "t"}, "spec": {"owner": "o"}}]))
    source = open_source(path)
    assert importer.recognises(source) > 0.9
    [batch] = importer.read([source], ReadOptions(source="bs", scope="x", complete=True))
    assert (batch.source, batch.scope, batch.complete) == ("bs", "x", True)
    assert [(item.row, item.name) for item in batch.items] == [(1, "s"), (2, "t")]


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        (_entity("System", "s"), True),
        ("# licence\n---\n" + _entity("Template", "s").replace("backstage.io", "'scaffolder.backstage.io"), True),
        ("apiVersion: v1\nkind: Pod\n", False),
        ("on: push\n", False),
        ("cmdb: 1\n", False),
    ],
)
def test_a_catalog_is_known_by_its_api_version(tmp_path: Path, text: str, sure: bool) -> None:
    """Other YAML is left to other importers."""
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    assert (importer.recognises(open_source(tmp_path / "x.yaml")) > 0.9) == sure


def _plain_reading(paths: list[Path]) -> dict[str, list[dict[str, Any]]]:
    """Read entities with PyYAML alone: full reference -> the distinct entities of that name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if isinstance(document, dict) and str(document.get("apiVersion")).startswith("backstage.io/"):
                metadata = document["metadata"]
                name = f"{document['kind']}:{metadata.get('namespace', 'default')}/{metadata['name']}".lower()
                said = found.setdefault(name, [])
                if document not in said:
                    said.append(document)
    return found


@pytest.mark.shared
@pytest.mark.parametrize(("organisation", "items", "refused"), [("giantswarm", 80, 7), ("portefaix", 10, 0)])
def test_real_catalogs_are_read_whole(shared_data: Path, organisation: str, items: int, refused: int) -> None:
    """Counts and owners agree with an independent reading of the files, dangling owners included."""
    paths = sorted((shared_data / "backstage" / organisation).rglob("*.y*ml"))
    [batch] = importer.read([SourceFile(path) for path in paths], ReadOptions())
    plain = {name: said for name, said in _plain_reading(paths).items() if not name.startswith("location:")}
    assert Counter(item.external_id for item in batch.items) == Counter(dict.fromkeys(plain, 1))
    assert len(batch.items) == items
    assert len(batch.problems) == refused == sum(len(said) - 1 for said in plain.values())
    owners = {
        (name, owner.lower().rpartition(":")[2].rpartition("/")[2])
        for name, (said, *_) in plain.items()
        if (owner := said.get("spec", {}).get("owner"))
    }
    owned = {(start, end.rpartition("/")[2]) for start, type_name, end in _links(batch) if type_name == "ownedBy"}
    assert owned == owners
    members = {
        (member.lower(), name)
        for name, (said, *_) in plain.items()
        for member in said.get("spec", {}).get("members") or []
    }
    found = {(start.rpartition("/")[2], end) for start, type_name, end in _links(batch) if type_name == "memberOf"}
    assert found == members
    known = {item.external_id for item in batch.items}
    assert {end for _, _, end in _links(batch)} - known  # dangling ones are kept: the record makes placeholders
