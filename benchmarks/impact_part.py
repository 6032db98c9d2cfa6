"""The analyser, warm, beside NetworkX and rustworkx on the same graph."""

from __future__ import annotations

import sys
from pathlib import Path

import networkx as nx
import numpy as np
import rustworkx as rx
from measuring import median_time, tell, tell_ratio

from cmdb.record import Record
from cmdb.settings import Settings
from impact import ImpactEngine, impact_of
from impact.graph import estate_graph
from impact.states import states_before_and_after


def main(folder: Path, estate: Path) -> None:
    """Measure on the record that the SQLite part has left."""
    settings = Settings.read(store=f"sqlite:///{folder / 'bench.db'}", cache_dir=folder / "cache", by="benchmark")
    with Record.open(settings) as record:
        snapshot = record.snapshot()
    widest = widest_item(snapshot)
    engine = ImpactEngine.of(snapshot)
    asked = np.array([widest], np.int64)
    affected = impact_of(snapshot, [snapshot.id_at(widest)]).total

    def before_and_after() -> object:
        engine.forget_states()  # the last few are remembered; a look-up is no measure of the work
        return states_before_and_after(engine, asked)

    states = median_time(before_and_after)
    tell(f"states of {affected:,} affected items, warm", states, target=affected / 1_000_000)

    def whole() -> object:
        engine.forget_states()
        return impact_of(snapshot, [snapshot.id_at(widest)])

    def as_rows() -> object:
        engine.forget_states()
        return impact_of(snapshot, [snapshot.id_at(widest)]).as_contract()

    tell("  the complete finding with every reason, as plain rows", median_time(as_rows, 3))
    tell("  the complete finding with every reason", median_time(whole, 3), target=affected * 5 / 1_000_000)

    graph = nx.DiGraph(estate_graph(snapshot))
    start = snapshot.id_at(widest)
    by_networkx = median_time(lambda: nx.ancestors(graph, start), 3)
    reached = len(nx.ancestors(graph, start))
    tell("  networkx.ancestors (knows no pools)", by_networkx, beside=f"reaches {reached:,}")
    tell_ratio("  states faster than networkx.ancestors", by_networkx / states, 4)

    number = {node: index for index, node in enumerate(graph.nodes)}
    floor = rx.PyDiGraph()
    floor.add_nodes_from(list(graph.nodes))
    floor.add_edges_from_no_data([(number[consumer], number[provider]) for consumer, provider in graph.edges])
    by_rust = median_time(lambda: rx.ancestors(floor, number[start]), 3)
    tell("  rustworkx.ancestors, the floor (knows no pools)", by_rust, beside=f"{states / by_rust:.1f} x ours")


def widest_item(snapshot) -> int:  # type: ignore[no-untyped-def]
    """Return the item that most others rest on: the shared identity service of the generated estate."""
    graph = snapshot.graph
    direct = np.bincount(graph.edge_provider[graph.edge_hard], minlength=len(snapshot))
    return max(np.argsort(direct)[-5:].tolist(), key=lambda row: impact_of(snapshot, [snapshot.id_at(row)]).total)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
