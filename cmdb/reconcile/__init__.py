"""Turns an ImportBatch and the stored state into a Delta. Knows no database."""

from cmdb.reconcile.proposal import Guarded, Policy, Proposal, ScopeOutcome, Verdict
from cmdb.reconcile.reconcile import reconcile

__all__ = ["Guarded", "Policy", "Proposal", "ScopeOutcome", "Verdict", "reconcile"]
