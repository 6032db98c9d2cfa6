"""Compiles the shipped YAML files into the JSON that is read at start: python -m cmdb.catalogue.shipping

People edit the YAML; reading it takes far longer than a start may take. A test says when this was forgotten.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from cmdb.catalogue.checking import check_definitions
from cmdb.catalogue.definition import Definitions
from cmdb.catalogue.merging import merge_definitions
from cmdb.catalogue.problems import Problems
from cmdb.catalogue.reading import read_catalogue_file

__all__ = ["DATA", "shipped_json"]

DATA: Final = Path(__file__).parent / "data"


def shipped_json(folder: Path = DATA) -> bytes:
    """Return the compiled form of classes.yaml, types.yaml and words.yaml.

    Raises CatalogueError when they contradict themselves or each other.
    """
    definitions = Definitions()
    for name in ("classes.yaml", "words.yaml", "types.yaml"):
        problems = Problems(name)
        said = read_catalogue_file((folder / name).read_bytes(), problems)
        merged = merge_definitions(definitions, said, problems)
        check_definitions(merged, said, definitions, problems)
        problems.raise_if_any()
        definitions = merged
    return msgspec.json.format(msgspec.json.encode(definitions, order="sorted"), indent=1) + b"\n"


if __name__ == "__main__":
    (DATA / "shipped.json").write_bytes(shipped_json())
