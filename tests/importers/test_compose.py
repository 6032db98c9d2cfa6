"""Docker Compose: dependencies in both forms, overlays merged, replicas, networks, volumes; three real projects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from importers.compose import importer
from importers.reading import open_source
from importers.registry import ReadOptions

BASE = """\
name: shop
services:
  web:
    image: example/web:1
    depends_on: [api]
    links: ["cache:redis"]
    networks: [front]
    deploy: {replicas: 2}
  api:
    image: example/api:1
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
      mail: {condition: service_started, required: false}
    volumes: ["data:/data", "./here:/there"]
  migrate: {build: .}
  cache: {image: redis, network_mode: "service:web"}
networks: {front: {driver: bridge}}
volumes: {data: }
"""
OVER = """\
services:
  web:
    depends_on: {proxy: {condition: service_started}}
  api: {image: example/api:2, extends: {service: base}}
  base: {image: x, restart: always, depends_on: [db]}
  mail: nothing
"""


def test_the_files_of_one_command_are_merged(read_files: Callable[..., Any]) -> None:
    """Lists and maps of dependencies are joined, later scalars win, and each service stands where it is first named."""
    batch = read_files("compose", {"compose.yaml": BASE, "over.yaml": OVER})
    assert (batch.batch.scope, batch.batch.source) == ("shop", "compose")
    assert batch.items == {
        "shop/web": ("Application", "web", {"attributes": {"image": "example/web:1", "replicas": 2}}),
        "shop/web/1": ("Container", "web-1", {}),
        "shop/web/2": ("Container", "web-2", {}),
        "shop/api": ("Application", "api", {"attributes": {"image": "example/api:2", "restart": "always"}}),
        "shop/migrate": ("Application", "migrate", {}),
        "shop/cache": ("Application", "cache", {"attributes": {"image": "redis"}}),
        "shop/base": ("Application", "base", {"attributes": {"image": "x", "restart": "always"}}),
        "shop/networks/front": ("Network", "front", {"attributes": {"driver": "bridge"}}),
        "shop/volumes/data": ("StorageVolume", "data", {}),
    }
    assert batch.links == {
        ("shop/web", "depends_on", "shop/web/1", "replicas"),
        ("shop/web", "depends_on", "shop/web/2", "replicas"),
        ("shop/web", "depends_on", "shop/api"),
        ("shop/web", "depends_on", "shop/cache"),
        ("shop/web", "depends_on", "shop/proxy"),
        ("shop/networks/front", "contains", "shop/web"),
        ("shop/api", "depends_on", "shop/db"),
        ("shop/api", "starts_after", "shop/migrate"),
        ("shop/api", "calls", "shop/mail"),
        ("shop/api", "stores_on", "shop/volumes/data"),
        ("shop/base", "depends_on", "shop/db"),
        ("shop/cache", "depends_on", "shop/web"),
    }
    assert batch.pools == {("shop/web", "replicas"): {"evidence": "web is deployed with 2 replicas"}}
    assert batch.refused == [(1, "service mail is 'nothing': it must be a mapping")]
    assert any("db, mail, proxy; they are placeholders" in note for note in batch.notes)
    assert [
        batch.batch.files[item.file].name.rpartition("/")[2] for item in batch.batch.items if item.name == "base"
    ] == ["over.yaml"]


def test_a_project_without_a_name_is_called_after_its_folder_or_scope(tmp_path: Path) -> None:
    """As Compose does it; two projects may both have a service called db."""
    folder = tmp_path / "My Shop.v2"
    folder.mkdir()
    (folder / "compose.yaml").write_text("services: {db: {image: x}}\n", encoding="utf-8")
    for scope, id_ in ((None, "myshopv2/db"), ("prod", "prod/db")):
        [batch] = importer.read([open_source(folder / "compose.yaml")], ReadOptions(scope=scope))
        assert [item.external_id for item in batch.items] == [id_]


@pytest.mark.parametrize(
    ("text", "message"),
    [("services: [a]\n", "services is"), ("- a\n", "no Compose file"), ("a: 1\n---\nb: 1\n", "one document")],
)
def test_what_is_no_compose_file_is_refused_whole(read_files: Callable[..., Any], text: str, message: str) -> None:
    """A project with a file less would be answered for as if it were whole."""
    with pytest.raises(Exception, match=message):
        read_files("compose", {"compose.yaml": text})


def test_doubtful_values_are_told(read_files: Callable[..., Any]) -> None:
    """Replicas from a variable, a service that extends itself, a file that is only named."""
    text = """services:
  a: {image: x, deploy: {replicas: '${N}'}}
  b: {extends: b}
  c: {extends: {file: o.yml, service: c}}
"""
    batch = read_files("compose", {"compose.yaml": text})
    assert [row for row, _ in batch.warned] == [2]
    assert [row for row, _ in batch.refused] == [3]
    assert any("o.yml" in note for note in batch.notes)
    assert any("nothing of what breaks what" in note for note in batch.notes)


def test_the_same_project_twice_changes_nothing(
    read_files: Callable[..., Any], imports_once: Callable[..., Any]
) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    first = imports_once([read_files("compose", {"compose.yaml": BASE}).batch])
    assert (first["counts"]["created"], first["counts"]["placeholders"]) == (8, 2)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("files", "services", "dependencies"),
    [
        (["otel-demo/compose.yaml"], 20, 46),
        (["otel-demo/compose.yaml", "otel-demo/compose.full.yaml", "otel-demo/compose.observability.yaml"], None, None),
        (["otel-demo/compose.extras.yaml", "otel-demo/compose.agent.yaml"], None, None),
        (["sock-shop.yml"], None, 0),
        (["deathstarbench/socialNetwork/docker-compose-sharding.yml"], None, None),
        (["deathstarbench/socialNetwork/docker-compose-swarm.yml"], None, None),
        (["deathstarbench/hotelReservation/docker-compose.yml"], None, None),
    ],
)
def test_real_projects(
    shared_data: Path, told: Callable[..., Any], files: list[str], services: int | None, dependencies: int | None
) -> None:
    """Services, dependencies and replicas agree with a reading by PyYAML alone, overlays laid over each other."""
    paths = [shared_data / "compose" / file for file in files]
    [batch] = importer.read([open_source(path) for path in paths], ReadOptions(scope="p"))
    read = told(batch)
    named: set[str] = set()
    needs: set[tuple[str, str]] = set()
    replicas: dict[str, int] = {}
    for path in paths:
        whole = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for name, service in whole.get("services", {}).items():
            named.add(name)
            needs |= {(name, other) for other in service.get("depends_on", [])}
            needs |= {(name, other.split(":")[0]) for other in service.get("links", [])}
            if (count := (service.get("deploy") or {}).get("replicas")) is not None:
                replicas[name] = count
    applications = {name for class_name, name, _ in read.items.values() if class_name == "Application"}
    found = {
        (start[2:], end[2:])
        for start, type_name, end, *pool in read.links
        if type_name in ("depends_on", "starts_after", "calls") and not pool
    }
    assert (applications, found) == (named, needs)
    assert {consumer[2:] for consumer, _ in read.pools} == {name for name, count in replicas.items() if count > 1}
    assert services in (None, len(named))
    assert dependencies in (None, len(needs))
