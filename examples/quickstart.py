"""The library without the command line: import an estate, ask what breaks if, look at the graph with NetworkX."""

from __future__ import annotations

import tempfile
from pathlib import Path

import networkx as nx

from cmdb.record import Record
from cmdb.settings import Settings
from cmdb.snapshot.naming import resolve
from impact import impact_of
from impact.graph import estate_graph
from importers.reading import open_source
from importers.registry import ReadOptions, importer_named

EMAIL = Path(__file__).resolve().parent / "email" / "email.yaml"


def main() -> None:
    """Import the e-mail estate into a record of its own and ask it two questions."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.read(store=f"sqlite:///{folder}/cmdb.db", cache_dir=Path(folder), by="quickstart")
        with Record.open(settings, create=True) as record:
            batches = importer_named("native").read([open_source(EMAIL)], ReadOptions(words=record.catalogue.words))
            outcome = record.import_batches(batches)
            print(f"revision {outcome.revision}: {outcome.proposal.items['created']} items")

            estate = record.snapshot()
            finding = impact_of(estate, [estate.id_at(resolve(estate, "mk-kjeller"))])
            print(finding.headline)
            for item in finding.affected:
                if item.id in finding.services:
                    print(f"  {item.state:<9} {item.name}")

            graph = estate_graph(estate)
            loops = [group for group in nx.strongly_connected_components(graph) if len(group) > 1]
            print(f"{graph.number_of_nodes()} items, {graph.number_of_edges()} dependencies, {len(loops)} loops")


if __name__ == "__main__":
    main()
