"""What is new since another revision: pairs of service and single point that only one of two estates has, and why.

Takes the pairs of both, gives the new ones and a `Comparison`. A pair that is gone because data vanished is no gain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows
from impact.spof.finding import Comparison, Since
from impact.spof.pairs import SpofPairs
from impact.spof.steps import Estate, difference

__all__ = ["compared"]


def compared(
    now: Estate, pairs: SpofPairs, then: Estate, pairs_then: SpofPairs
) -> tuple[NDArray[np.bool_], Comparison]:
    """Return which pairs of the present are new, and what is new and what is gone with the reasons."""
    present, past = _keys(now, pairs), _keys(then, pairs_then)
    is_new, is_gone = ~np.isin(present, past), ~np.isin(past, present)
    new, gone = (
        _since(now, then, pairs.only(is_new), gone=False),
        _since(then, now, pairs_then.only(is_gone), gone=True),
    )
    comparison = Comparison(
        revision=then.snapshot.revision,
        revision_at=then.snapshot.revision_at,
        new=new,
        gone=gone,
        improved=sum(each.why == "redundancy_added" for each in gone),
        data_lost=sum(each.why == "data_lost" for each in [*new, *gone]),
    )
    return is_new, comparison


def _keys(estate: Estate, pairs: SpofPairs) -> NDArray[np.bytes_]:
    """Return each pair as its two record ids."""
    ids = estate.snapshot.ids
    keys: NDArray[np.bytes_] = np.char.add(ids[pairs.service], ids[pairs.point])
    return keys


def _since(here: Estate, there: Estate, pairs: SpofPairs, *, gone: bool) -> list[Since]:
    snapshot = here.snapshot
    order: Rows = np.lexsort((pairs.service, pairs.point))
    rows = []
    for at in order.tolist():
        service, point = int(pairs.service[at]), int(pairs.point[at])
        ids = snapshot.id_at(service), snapshot.id_at(point)
        found = difference(here, there, *ids, gone=gone)
        rows.append(
            Since(
                service=ids[0],
                service_name=snapshot.name_at(service),
                item=ids[1],
                item_name=snapshot.name_at(point),
                why=found.why,
                what=found.what,
            )
        )
    return rows
