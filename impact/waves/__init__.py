"""Waves: many changes, or a rolling upgrade of many hosts, in the fewest waves that never break a pool."""

from impact.waves.finding import WavesFinding
from impact.waves.planning import PlanNode, PlanRules, waves_of
from impact.waves.solving import Limit, Solution, solve

__all__ = ["Limit", "PlanNode", "PlanRules", "Solution", "WavesFinding", "solve", "waves_of"]
