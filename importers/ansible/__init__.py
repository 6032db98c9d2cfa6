"""Ansible: inventories (INI, YAML, `ansible-inventory --list`) and facts (`setup`, fact caches).

    read ──┬── ini ─────────┐
           ├── yaml_form ───┼── inventory (hosts and groups of groups) ──┬── Gatherer
           ├── listing ─────┘                                            │
           └── facts ────────────────────────────────────────────────────┘

A group says that hosts are managed alike, which hints at redundancy and proves none: groups have no impact. Variables
may hold passwords: only those that say where a host is are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.errors import FileProblem
from cmdb.model import ImportBatch
from importers.ansible.facts import FACT_FIELDS, take_facts
from importers.ansible.ini_form import looks_like_ini, read_ini
from importers.ansible.inventory import Inventory, take_inventory
from importers.ansible.nested_form import read_listing, read_nested
from importers.gathering import Gatherer, first_words
from importers.reading import SourceFile, read_json, read_yaml, sniff
from importers.registry import ReadOptions

__all__ = ["AnsibleImporter", "importer"]

_NESTED: Final = re.compile(
    r"^[\"']?[\w.-]+[\"']?:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*[ \t]+(?:hosts|children):", re.MULTILINE
)


class AnsibleImporter:
    """Reads inventories and facts; all files together are one batch."""

    name = "ansible"
    description = "Ansible inventories (INI, YAML, --list JSON) and facts: hosts and groups"
    example = "cmdb import --format ansible hosts.ini --scope office"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: the sections of an inventory, or the names of facts."""
        sample = first_words(source)
        if sample.lstrip().startswith("{"):
            return 0.95 if ('"_meta"' in sample and '"hostvars"' in sample) or _is_facts(sample) else 0.0
        if looks_like_ini(sample):
            return 0.8
        return 0.8 if _NESTED.search(sample) and source.path.suffix.lower() in ("", ".yaml", ".yml") else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that is neither inventory nor facts."""
        gathered = Gatherer(options, source="ansible")
        inventory = Inventory()
        facts = []
        for source in sources:
            told = _read_one(source, inventory)
            if told is not None:
                facts.append((source.name, told))
        for done, source in enumerate(sources, 1):
            gathered.begin(source)
            for row, message in inventory.complaints.get(source.name, ()):
                gathered.builder.refuse_unidentified(row, message)
            for name, told in facts:
                if name == source.name:
                    take_facts(gathered, source, told)
            take_inventory(gathered, inventory, source.name)
            gathered.progress(done, len(sources))
        if inventory.groups:
            gathered.note("a group may or may not be redundant: add a pool where its hosts stand in for each other")
        return [gathered.batch()]


def _is_facts(sample: str) -> bool:
    return '"ansible_facts"' in sample or sum(f'"{field}"' in sample for field in FACT_FIELDS) > 1


def _read_one(source: SourceFile, inventory: Inventory) -> dict[str, object] | None:
    """Read one file into the inventory; return its facts when it holds facts instead."""
    sample = source.sample()
    if looks_like_ini(sample):
        read_ini(source, inventory)
        return None
    try:
        syntax = sniff(source)
    except FileProblem:
        read_ini(source, inventory)
        return None
    value = read_json(source) if syntax in ("json", "jsonl") else read_yaml(source).value
    if not isinstance(value, dict):
        raise source.problem("this is no inventory: it must be a mapping of groups")
    if "_meta" in value:
        read_listing(source, value, inventory)
    elif _is_facts(sample):
        return value
    else:
        read_nested(source, value, inventory)
    return None


importer = AnsibleImporter()
