"""Down sets: what each item takes with it alone, for all items at once (least fixed point, cycles condensed)."""

from impact.downsets.sets import DownSets, down_sets

__all__ = ["DownSets", "down_sets"]
