"""The importer: workbooks or CSV files of one estate in, one ImportBatch out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cmdb.errors import CmdbError, FileProblem
from cmdb.model import BatchBuilder, ImportBatch
from importers.reading import SourceFile
from importers.registry import ReadOptions
from importers.rvtools.estate import Estate, Place
from importers.rvtools.tabs import READ_TABS, tabs_in, tabs_of

__all__ = ["RvToolsImporter", "importer"]

_TELLING: Final = frozenset(["vInfo", "vHost", "vCluster"])


class RvToolsImporter:
    """Reads exports of RVTools; all files together are one batch."""

    name = "rvtools"
    description = "RVTools: the workbook of a VMware estate, or the CSV files of its tabs"
    example = "cmdb import RVTools_export_all.xlsx"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is: the names of the sheets tell, or of a CSV file its columns."""
        try:
            tabs = set(tabs_in(source))
        except CmdbError:
            return 0.0
        return 0.95 if tabs & _TELLING else 0.6 if tabs & set(READ_TABS) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem where a file holds no tab of RVTools."""
        estate = Estate()
        unread: dict[str, None] = {}
        # A tab may explain another that stands in a later file.
        order = sorted(enumerate(sources), key=lambda each: min((_rank(tab) for tab in tabs_in(each[1])), default=99))
        for done, (number, source) in enumerate(order, 1):
            names = tabs_in(source)
            if not set(names) & set(READ_TABS):
                raise FileProblem(
                    f"it holds none of the tabs {', '.join(READ_TABS)}: is it from RVTools?", file=source.name
                )
            unread.update(dict.fromkeys(name for name in names if name not in READ_TABS))
            with tabs_of(source) as found:
                for tab in found:
                    estate.take(number, tab)
            options.progress(done, len(sources))
        builder = BatchBuilder(options.source or self.name, options.scope or "", complete=options.complete)
        _say(estate, sources, builder)
        for note in [*estate.notes(), *(note for source in sources for note in source.notes)]:
            builder.note(note)
        if unread:
            builder.note(f"not read: {', '.join(unread)}")
        return [builder.batch()]


def _rank(tab: str) -> int:
    return READ_TABS.index(tab) if tab in READ_TABS else 98


def _say(estate: Estate, sources: Sequence[SourceFile], builder: BatchBuilder) -> None:
    """Say everything tab by tab, so that a row is named with its file and its tab."""
    items, links, pools = list(estate.items()), list(estate.relationships()), list(estate.pools())
    places: dict[tuple[int, str], None] = {}
    said: list[tuple[Any, ...]] = [*items, *links, *pools, *estate.problems]
    for place, *_ in said:
        places[place[:2]] = None
    for number, source in enumerate(sources):
        places.setdefault((number, ""), None)
        for tab in [tab for file, tab in places if file == number]:
            if not tab and any(file == number and other for file, other in places):
                continue
            builder.file(f"{source.name} ({tab})" if tab else source.name, source.sha256, source.size)

            def here(place: Place, number: int = number, tab: str = tab) -> bool:
                return place[:2] == (number, tab)

            for place, identity, class_name, name, values in items:
                if here(place):
                    builder.item(place.row, identity, class_name, name, values)
            for place, start, type_name, end, values in links:
                if here(place):
                    builder.relationship(place.row, start, type_name, end, values)
            for place, consumer, name, values in pools:
                if here(place):
                    builder.pool(place.row, consumer, name, values)
            for place, refused, message in estate.problems:
                if not here(place):
                    continue
                if refused is None:
                    builder.refuse_unidentified(place.row, message)
                else:
                    builder.refuse(place.row, refused, message)


importer = RvToolsImporter()
