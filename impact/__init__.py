"""The answers: pure functions from a Snapshot to findings. Knows no store, driver, file or clock.

`impact.graph` and `impact.reference`, the estate as a NetworkX graph, are imported by those who use them: the toolbox
takes longer to import than most questions take to answer.
"""

from impact.breaks import impact_of
from impact.engine import ImpactEngine
from impact.finding import AffectedItem, ImpactFinding, Reason
from impact.needs import NeedsFinding, needs_of

__all__ = ["AffectedItem", "ImpactEngine", "ImpactFinding", "NeedsFinding", "Reason", "impact_of", "needs_of"]
