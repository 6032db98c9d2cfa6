"""The catalogue in force: the shipped one, or the shipped one with a site's file laid over it.

In comes the path of a site's file, out goes a `Catalogue`, kept as long as the file is unchanged. The only module
of the catalogue that opens files while the program runs.
"""

from __future__ import annotations

import stat
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from cmdb.catalogue.catalogue import Catalogue
from cmdb.catalogue.compiling import compile_catalogue
from cmdb.catalogue.definition import Definitions
from cmdb.errors import CatalogueError

__all__ = ["SHIPPED_NAME", "load_catalogue", "shipped_definitions"]

SHIPPED_NAME: Final = "shipped"
"""How the shipped files are called in `Catalogue.origin`."""


def load_catalogue(site_file: Path | None = None) -> Catalogue:
    """Return the shipped catalogue, with the site's file laid over it where one is named.

    Loaded once for each state of the file (path, time of change, size). Raises CatalogueError with every problem of
    the file, each with its line, or when the file cannot be read.
    """
    if site_file is None:
        return _shipped()
    try:
        found = site_file.stat()
    except (OSError, ValueError) as error:
        raise CatalogueError(_unreadable(error), file=str(site_file)) from None
    if not stat.S_ISREG(found.st_mode):
        raise CatalogueError("this is no ordinary file; give the path of a catalogue file", file=str(site_file))
    return _with_site_file(site_file, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)
def shipped_definitions() -> Definitions:
    """Return what the shipped files say, from the compiled form in the package."""
    return msgspec.json.decode((Path(__file__).parent / "data" / "shipped.json").read_bytes(), type=Definitions)


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    return compile_catalogue(shipped_definitions(), (SHIPPED_NAME,))


@lru_cache(maxsize=8)
def _with_site_file(site_file: Path, _mtime_ns: int, _size: int) -> Catalogue:
    # YAML and the checks are imported only where a site has a file: most starts need neither.
    from cmdb.catalogue.checking import check_definitions
    from cmdb.catalogue.merging import merge_definitions
    from cmdb.catalogue.problems import Problems
    from cmdb.catalogue.reading import read_catalogue_file
    from cmdb.catalogue.yaml_text import LARGEST

    try:
        with site_file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise CatalogueError(_unreadable(error), file=str(site_file)) from None
    problems = Problems(str(site_file))
    said = read_catalogue_file(content, problems)
    base = shipped_definitions()
    merged = merge_definitions(base, said, problems)
    check_definitions(merged, said, base, problems)
    problems.raise_if_any()
    return compile_catalogue(merged, (SHIPPED_NAME, str(site_file)))


def _unreadable(error: OSError | ValueError) -> str:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"the catalogue file cannot be read ({reason}); check the path and who may read it"
