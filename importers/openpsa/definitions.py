"""Who defines what: every gate, event, parameter and group of a model, found under the names by which others refer.

In come files; out goes a `Model`. A private element is known inside its fault tree or component, by its path outside;
a public one everywhere by its name, which is then its id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from cmdb.errors import FileProblem
from importers.reading import SourceFile, XmlElement, read_xml

__all__ = ["Definition", "Kind", "Model", "read_definitions"]

Kind = Literal["gate", "basic event", "house event", "parameter", "CCF group"]
_DEFINES: Final[dict[str, Kind]] = {
    "define-gate": "gate",
    "define-basic-event": "basic event",
    "define-house-event": "house event",
    "define-parameter": "parameter",
    "define-CCF-group": "CCF group",
}
_CONTAINERS: Final = ("define-fault-tree", "define-component")
_SAID_OF: Final = ("label", "attributes")
_SKIPPED: Final = (
    *("define-event-tree", "define-initiating-event", "define-sequence", "define-functional-event", "define-rule"),
    *("define-consequence-group", "define-consequence", "define-alignment", "define-extern-library"),
)


class Definition(NamedTuple):
    """One element of a model. `path` names the fault tree and the components it stands in."""

    kind: Kind
    id: str
    path: tuple[str, ...]
    element: XmlElement
    file: SourceFile


@dataclass
class Model:
    """All definitions of the files together."""

    name: str = ""
    definitions: list[Definition] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    _known: dict[tuple[str, str], Definition] = field(default_factory=dict)
    """By space (events, parameters, groups) and name: as ids, and by paths."""

    def of(self, kind: Kind) -> Iterator[Definition]:
        """Give the definitions of a kind, in the order of the files."""
        return (each for each in self.definitions if each.kind == kind)

    def find(self, kind: Kind, name: str, path: tuple[str, ...]) -> Definition | None:
        """Return what a name means to an element that stands in `path`: the innermost first, None for nothing."""
        for depth in range(len(path), -1, -1):
            found = self._known.get((_space(kind), ".".join([*path[:depth], name])))
            if found is not None:
                return found
        return None

    def add(self, definition: Definition, name: str) -> None:
        """Take a definition; raises FileProblem when its id or path is taken."""
        space = _space(definition.kind)
        for known in {definition.id, ".".join([*definition.path, name])}:
            before = self._known.setdefault((space, known), definition)
            if before is not definition:
                raise definition.file.problem(
                    f"{definition.kind} {known!r} is defined twice, first in {before.file.name}:{before.element.line}: "
                    "keep one",
                    definition.element.line,
                )
        self.definitions.append(definition)


def _space(kind: Kind) -> str:
    """Gates and events share their names, for a formula may call any of them an event."""
    return kind if kind in ("parameter", "CCF group") else "event"


def read_definitions(sources: Sequence[SourceFile]) -> Model:
    """Return what the files define together; raises FileProblem for one that is no model, or defines nothing."""
    model = Model()
    for source in sources:
        root = read_xml(source)
        if root.name != "opsa-mef":
            raise source.problem(f"its root is <{root.name}>, not <opsa-mef>: it is no Open-PSA model", root.line)
        model.name = model.name or root.attributes.get("name", "")
        _take(model, root, (), "public", source)
    if not any(each.kind in ("gate", "basic event") for each in model.definitions):
        raise sources[0].problem("it defines no gate and no basic event: there is no fault tree to import")
    model.name = model.name or next((each.path[0] for each in model.definitions if each.path), "")
    return model


def _take(model: Model, parent: XmlElement, path: tuple[str, ...], role: str, source: SourceFile) -> None:
    for element in parent:
        if element.name in _CONTAINERS:
            inner = element.attributes.get("role", role)
            _take(model, element, (*path, _name(element, source)), inner, source)
        elif element.name == "model-data":
            _take(model, element, path, role, source)
        elif element.name in _DEFINES:
            name = _name(element, source)
            public = element.attributes.get("role", role) == "public"
            id_ = name if public else ".".join([*path, name])
            model.add(Definition(_DEFINES[element.name], id_, path, element, source), name)
        elif element.name in _SKIPPED:
            model.skipped[element.name] = model.skipped.get(element.name, 0) + 1
        elif element.name not in _SAID_OF:
            raise _unknown(element, source)


def _unknown(element: XmlElement, source: SourceFile) -> FileProblem:
    if element.name == "define-substitution":
        why = "a substitution changes the tree after it was made"
    elif element.name == "include":
        why = "nothing outside the files named is read; name the other file too"
    else:
        why = "the importer does not know it, and what it means for the tree"
    return source.problem(f"<{element.name}> is refused: {why}", element.line)


def _name(element: XmlElement, source: SourceFile) -> str:
    name = element.attributes.get("name", "").strip()
    if not name:
        raise source.problem(f"<{element.name}> has no name: give it one", element.line)
    return name
