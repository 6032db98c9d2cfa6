"""Beginning, checking, copying and carrying a record; the native format out and in again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import Result

from frontends.cli.schemas import SCHEMAS, schema_named

Run = Callable[..., Result]
Answer = Callable[..., Any]
ODD_NAMES = [
    *("NO", "0123", "12:30", "1e3", "0x1F", "null", "~", "true", "- a", "a: b", "#x", "x #y", "{a}", "[a]", "*a", "&a"),
    *("!x", "%x", "@x", "`x`", "'x'", '"x"', "a\\b", "2026-11-23", ".inf", "=1", "æøå ÆØÅ", "🐟", "x\u2028y", "\x85z"),
    *("a" * 300, "x,y", "a - b", "?", "...", "---", "<<", "1_000", "0o17", "+1", "١٢"),
]


def test_a_record_is_begun_once(folder: Path, run: Run, answer: Answer) -> None:
    """Where there is one already, it is left alone."""
    said = answer("init")

    assert said.keys() == {"store", "uuid", "revision"}
    assert said["revision"] == 0
    assert "already" in run("init", code=1).stderr
    assert answer("find")["total"] == 0


class TestExport:
    """`cmdb export`: importing it again changes nothing."""

    @pytest.mark.parametrize("form", ["jsonl", "json", "yaml"])
    def test_it_imports_again_to_nothing_and_fills_an_empty_record(
        self, folder: Path, estate: Path, run: Run, answer: Answer, form: str
    ) -> None:
        """In all three forms."""
        run("export", "-f", form, "--output", f"out.{form}")

        assert "Nothing has changed" in run("import", f"out.{form}").stdout

        fresh = ("--store", "sqlite:///fresh.db")
        run("import", f"out.{form}", *fresh)
        assert answer("find", *fresh)["items"] == answer("find")["items"]
        assert answer("impact", "esx1", *fresh)["affected"] == answer("impact", "esx1")["affected"]

    def test_as_tables_it_imports_again_to_nothing(self, folder: Path, estate: Path, run: Run, answer: Answer) -> None:
        """A folder of CSV files with their mapping, and a workbook that says itself whose it is."""
        run("export", "-f", "csv", "--output", "out")
        run("export", "-f", "xlsx", "--output", "out.xlsx")
        files = sorted(str(path) for path in (folder / "out").glob("*.csv"))

        fresh = ("--store", "sqlite:///fresh.db")
        for given in ((*files, "--mapping", "out/mapping.yaml"), ("out.xlsx",)):
            assert "Nothing has changed" in run("import", *given).stdout
            run("import", *given, *fresh)
            assert answer("find", *fresh)["items"] == answer("find")["items"]
            assert answer("impact", "esx1", *fresh)["affected"] == answer("impact", "esx1")["affected"]
        assert "say where with --output" in run("export", "-f", "csv", code=2).stderr
        assert "exists already" in run("export", "-f", "xlsx", "--output", "out.xlsx", code=2).stderr

    def test_a_mapping_is_drafted_and_used(self, folder: Path, run: Run, answer: Answer) -> None:
        """`cmdb mapping draft`: what it writes imports the table as it stands; a file is not written over."""
        (folder / "servers.csv").write_text("Hostname,S/N,Rack\nweb,S1,R1\ndb,S2,R2\n")
        run("mapping", "draft", "servers.csv", "--output", "m.yaml")

        run("import", "servers.csv", "--mapping", "m.yaml")

        assert [(each["name"], each["class"]) for each in answer("find")["items"]] == [
            ("db", "Hardware"),
            ("web", "Hardware"),
        ]
        assert "tables:" in run("mapping", "draft", "servers.csv").stdout
        assert "exists already" in run("mapping", "draft", "servers.csv", "--output", "m.yaml", code=2).stderr

    @pytest.mark.parametrize("form", ["jsonl", "json", "yaml"])
    def test_odd_names_come_back_as_they_were(self, folder: Path, run: Run, answer: Answer, form: str) -> None:
        """What YAML or a spreadsheet takes for something else is text here."""
        rows = [{"kind": "item", "id": f"i{n}", "class": "Server", "name": name} for n, name in enumerate(ODD_NAMES)]
        rows[0] |= {"attributes": {name: name for name in ODD_NAMES}, "owner": "NO"}
        lines = [{"kind": "batch", "cmdb": 1, "source": "NO", "scope": "0123"}, *rows]
        (folder / "odd.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        run("import", "odd.jsonl")

        run("export", "-f", form, "--output", f"out.{form}")

        assert "Nothing has changed" in run("import", f"out.{form}").stdout
        fresh = ("--store", "sqlite:///fresh.db")
        run("import", f"out.{form}", *fresh)
        assert answer("find", "--limit", "0", *fresh)["items"] == answer("find", "--limit", "0")["items"]
        assert answer("show", "i0", *fresh)["item"] == answer("show", "i0")["item"]

    def test_the_yaml_is_what_other_readers_of_yaml_read(self, estate: Path, run: Run) -> None:
        """Not only ours; and it holds the schema of the format."""
        document = yaml.safe_load(run("export", "-f", "yaml").stdout)

        jsonschema.validate(document, schema_named("inventory"))
        assert {each["name"] for each in document["items"]} >= {"Nettbutikk", "esx1"}

    def test_several_sources_fit_json_lines_alone(self, estate: Path, run: Run) -> None:
        """A YAML document holds one; which, is to be said."""
        run("item", "add", "Server", "a")

        assert "--source NAME" in run("export", "-f", "yaml", code=2).stderr
        assert "name: a" in run("export", "-f", "yaml", "--source", "manual").stdout
        assert run("export").stdout.count('"kind":"batch"') == 2

    def test_a_past_revision_is_exported_too(self, estate: Path, run: Run) -> None:
        """`--as-of` on every read."""
        run("item", "add", "Server", "later")

        assert "later" not in run("export", "--as-of", "1").stdout

    def test_a_file_that_exists_is_not_overwritten(self, folder: Path, estate: Path, run: Run) -> None:
        """2, and the file is as it was."""
        before = estate.read_bytes()

        run("export", "--output", str(estate), code=2)

        assert estate.read_bytes() == before

    def test_a_failed_export_leaves_no_file(self, folder: Path, estate: Path, run: Run) -> None:
        """Half an export would be taken for a whole one."""
        run("item", "add", "Server", "a")

        run("export", "-f", "yaml", "--output", "out.yaml", code=2)

        assert not (folder / "out.yaml").exists()


class TestCopies:
    """`cmdb backup` and `cmdb move`."""

    def test_a_backup_is_a_record_of_its_own(self, folder: Path, estate: Path, run: Run, answer: Answer) -> None:
        """With its history."""
        run("backup", "copy.db")

        assert answer("log", "--store", "sqlite:///copy.db") == answer("log")
        assert "exists" in run("backup", "copy.db", code=2).stderr

    def test_a_moved_record_is_the_same_record(self, folder: Path, estate: Path, run: Run, answer: Answer) -> None:
        """Numbers, times and digests kept; a store that holds something is left alone."""
        run("item", "edit", "shop", "--set", "owner=Per")
        said = answer("move", "sqlite:///moved.db")

        assert said["revision"] == 2
        assert answer("log", "--store", "sqlite:///moved.db") == answer("log")
        assert answer("history", "shop", "--store", "sqlite:///moved.db") == answer("history", "shop")
        assert "already" in run("move", "sqlite:///moved.db", code=1).stderr


class TestDoctor:
    """`cmdb doctor`: what is wrong, and what to do."""

    def test_a_sound_record_passes_and_says_what_was_looked_at(self, estate: Path, answer: Answer, run: Run) -> None:
        """Each check of the store by name."""
        said = answer("doctor")

        assert said["counts"] == {"error": 0, "warning": 0, "info": 0}
        assert all(check["ok"] for check in said["checks"])
        assert "integrity" in {check["check"] for check in said["checks"]}
        assert said["store"]["kind"] == "sqlite"
        assert "Nothing looks wrong." in run("doctor").stdout

    def test_what_is_doubtful_is_named_with_what_to_do(self, estate: Path, run: Run, answer: Answer) -> None:
        """Doubts do not fail; each has its kind, its item and advice."""
        run("retire", "esx2")
        run("item", "add", "BusinessService", "Alene")

        found = {(each["kind"], each["name"]): each for each in answer("doctor")["findings"]}

        assert ("unmet_requirement", "web2") in found
        assert ("service_without_providers", "Alene") in found
        assert all(each["advice"] for each in found.values())
        shown = run("doctor").stdout
        assert "Requirements that nobody meets (1)" in shown
        assert "What to do:" in shown

    def test_a_damaged_store_fails(self, estate: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """1, with the check that failed."""
        from cmdb.record import Record
        from cmdb.store.protocol import Health

        monkeypatch.setattr(Record, "health", lambda self: [Health("integrity", False, "page 7 is torn")])

        assert "✗ broken" in run("doctor", code=1).stdout

    def test_a_class_that_left_the_catalogue_is_named(self, folder: Path, run: Run, answer: Answer) -> None:
        """A site's file was lost since the import: its items count as plain ones, and that is said."""
        site = folder / "site.yaml"
        site.write_text("catalogue: 1\nclasses:\n  FishPump: {parent: Hardware, description: A pump}\n")
        run("--catalogue", str(site), "init")
        run("--catalogue", str(site), "item", "add", "FishPump", "p1")

        assert "unknown_class" in {each["kind"] for each in answer("doctor")["findings"]}

    def test_a_limit_cuts_each_kind_and_says_so(self, estate: Path, run: Run) -> None:
        """Never silent."""
        for number in range(4):
            run("item", "add", "BusinessService", f"s{number}")

        assert "… 3 more; see all with --limit 0 or -o json" in run("doctor", "--limit", "1").stdout


class TestCatalogueAndSchemas:
    """`cmdb catalogue`, `cmdb importers`, `cmdb schema`."""

    def test_the_catalogue_lists_classes_and_types(self, run: Run, answer: Answer) -> None:
        """Needs no record."""
        said = answer("catalogue")

        assert said.keys() == {"classes", "types", "digest", "files"}
        assert "Hypervisor" in run("catalogue").stdout
        assert "runs_on" in run("catalogue", "--types").stdout
        assert run("catalogue", "-o", "csv").stdout.startswith("name,parent,")

    @pytest.mark.parametrize("name", ["Server", "SERVER", "depends_on", "Depends on::Used by"])
    def test_one_class_or_type_is_told_whole(self, run: Run, answer: Answer, name: str) -> None:
        """By any word that the catalogue knows for it."""
        assert answer("catalogue", name)["name"] in ("Server", "depends_on")
        assert "Known to others as" in run("catalogue", name).stdout
        run("catalogue", name, "-o", "csv")

    def test_a_name_that_is_neither_is_refused_with_a_hint(self, run: Run) -> None:
        """2."""
        assert "Hypervisor" in run("catalogue", "Hypervizor", code=2).stderr

    def test_a_sites_file_is_laid_over_what_ships(self, folder: Path, run: Run, answer: Answer) -> None:
        """And a mistake in it is told with its line."""
        (folder / "site.yaml").write_text("catalogue: 1\nclasses:\n  FishPump: {parent: Hardware}\n")
        assert answer("catalogue", "FishPump", "--catalogue", "site.yaml")["parent"] == "Hardware"

        (folder / "bad.yaml").write_text("catalogue: 1\nclasses:\n  FishPump: {parent: Hardwear}\n")
        assert "bad.yaml:3" in run("catalogue", "--catalogue", "bad.yaml", code=1).stderr

    def test_the_importers_are_listed(self, answer: Answer) -> None:
        """With an example of each."""
        said = {each["name"]: each for each in answer("importers")["importers"]}

        assert {"native", "netbox"} <= said.keys()
        assert all(each["example"].startswith("cmdb import") for each in said.values())

    @pytest.mark.parametrize("name", SCHEMAS)
    def test_every_schema_is_a_schema(self, answer: Answer, run: Run, name: str) -> None:
        """Draft 2020-12, and the list of them names it."""
        schema = json.loads(run("schema", name).stdout)

        jsonschema.Draft202012Validator.check_schema(schema)
        assert name in run("schema").stdout

    def test_the_catalogues_schema_takes_a_sites_file(self) -> None:
        """And refuses a key that it has not."""
        schema = schema_named("catalogue")
        jsonschema.validate({"catalogue": 1, "classes": {"FishPump": {"parent": "Hardware"}}}, schema)

        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"catalogue": 1, "clases": {}}, schema)
