"""Single points of failure: what alone brings services down, hidden behind redundancy or not, and by which way."""

from impact.spof.answer import SpofBasis, service_weights, spof_of

__all__ = ["SpofBasis", "service_weights", "spof_of"]
