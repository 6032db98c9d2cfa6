"""Terraform and OpenTofu state files, versions 3 and 4.

    read ── states (instances and what each names) ──┬── classes (which class a type is) ──┐
                                                     └── resources (items and links) ──────┴── Gatherer

An address is unique only within its state, so the state's lineage goes before it and is the scope. A state holds
passwords: of a resource's attributes only those that identify or place it are read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.reading import SourceFile
from importers.registry import ReadOptions
from importers.terraform.resources import take_state
from importers.terraform.states import read_state

__all__ = ["TerraformImporter", "importer"]

_VERSION: Final = re.compile(r'^\s*\{\s*"version"\s*:\s*\d+\s*,')
_FIELDS: Final = ('"terraform_version"', '"terraform_verison"', '"lineage"', '"serial"')


class TerraformImporter:
    """Reads state files; each is a batch of its own, for its lineage is its scope."""

    name = "terraform"
    description = "Terraform and OpenTofu state, versions 3 and 4: resources and what they depend on"
    example = "cmdb import --format terraform prod.tfstate --scope prod"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: a version first, and the words of a state."""
        sample = first_words(source)
        return 0.95 if _VERSION.match(sample) and any(field in sample for field in _FIELDS) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch a state; raises FileProblem for a file that is none, or of another version."""
        batches = []
        for done, source in enumerate(sources, 1):
            state = read_state(source)
            prefix = options.scope if options.scope and len(sources) == 1 else state.lineage
            gathered = Gatherer(options, source="terraform", scope=state.lineage)
            gathered.begin(source)
            take_state(gathered, state, prefix)
            gathered.progress(done, len(sources))
            batches.append(gathered.batch())
        return batches


importer = TerraformImporter()
