"""The catalogue: which classes and relationship types there are, what they mean for impact, and what others call them.

Shipped as data (`data/*.yaml`), extended by a site's own file; docs/reference/catalogue.md describes the format. The
path of a file is read in, compiled and checked (`loading`), and what comes out is asked through `Catalogue`.
"""

from cmdb.catalogue.catalogue import ROOT, Catalogue, ItemClass, RelationshipType, Rule, VocabularyWords
from cmdb.catalogue.definition import PoolRule
from cmdb.catalogue.describing import describe, rule_text
from cmdb.catalogue.loading import load_catalogue

__all__ = [
    "ROOT",
    "Catalogue",
    "ItemClass",
    "PoolRule",
    "RelationshipType",
    "Rule",
    "VocabularyWords",
    "describe",
    "load_catalogue",
    "rule_text",
]
