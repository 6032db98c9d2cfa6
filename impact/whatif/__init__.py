"""What if: other estates than the recorded one, without touching the record.

    steps (what is supposed) ── drafting (as rows that differ) ── applying (the Snapshot of it) ── difference

In comes a Snapshot and a Hypothesis; out goes the Snapshot of what is supposed, on which every analysis runs as on
any other, or the difference it makes to today. Knows no file and no command line.
"""

from impact.whatif.applying import Supposed, apply
from impact.whatif.steps import Hypothesis, Step

__all__ = ["Hypothesis", "Step", "Supposed", "apply"]
