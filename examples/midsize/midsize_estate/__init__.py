"""The making of an estate: `plan` says how many of each, `infrastructure` and then `business` make the rows."""

from midsize_estate.business import business_rows
from midsize_estate.infrastructure import infrastructure_rows
from midsize_estate.plan import Plan
from midsize_estate.rows import Row

__all__ = ["Plan", "Row", "business_rows", "infrastructure_rows"]
