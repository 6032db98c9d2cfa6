"""Cut sets: the smallest sets of items whose joint loss brings a service down."""

from impact.cutsets.search import LIMIT, CutSets, CutSetSearch, cut_sets

__all__ = ["LIMIT", "CutSetSearch", "CutSets", "cut_sets"]
