"""A state file as a list of resource instances, whichever version wrote it.

In comes a file; out go the instances with their full addresses, and the addresses that each names as what it depends
on, resolved against the module it stands in. Knows no class.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from importers.reading import SourceFile, read_json

__all__ = ["Instance", "State", "read_state"]

_INDEX: Final = re.compile(r"\[[^\]]*\]")
_VERSIONS: Final = (3, 4)
_NUMBERED: Final = re.compile(r"(.+)\.(\d+|\*)")


class Instance(NamedTuple):
    """One resource instance; `config` is its address without the keys of `count` and `for_each`."""

    row: int
    address: str
    config: str
    module: str
    type: str
    mode: str
    provider: str
    key: str | None
    attributes: dict[str, Any]
    named: tuple[str, ...]


@dataclass
class State:
    """One state: its instances, and what could not be read of it."""

    lineage: str
    instances: list[Instance] = field(default_factory=list)
    complaints: list[tuple[int, str, str]] = field(default_factory=list)
    deposed: int = 0

    def __post_init__(self) -> None:
        self._by_config: dict[str, list[Instance]] = defaultdict(list)
        self._by_module: dict[str, list[Instance]] = defaultdict(list)

    def index(self) -> None:
        """Make the instances findable; call it once they are all there."""
        for each in self.instances:
            self._by_config[each.config].append(each)
            self._by_module[_INDEX.sub("", each.module)].append(each)

    def providers(self, consumer: Instance) -> Iterator[tuple[str, list[Instance]]]:
        """Give each address that an instance names, and the instances it means: none where the state has none."""
        for named in consumer.named:
            plain = _INDEX.sub("", named)
            if (numbered := _NUMBERED.fullmatch(plain)) is not None:
                plain = numbered[1]
            module = _INDEX.sub("", consumer.module)
            found = self._by_config.get(plain) or self._by_config.get(f"{module}.{plain}" if module else plain) or []
            if not found and plain.rpartition(".")[0].rpartition(".")[2] in ("module", ""):
                whole = f"{module}.{plain}" if module else plain
                found = self._by_module.get(plain) or self._by_module.get(whole) or []
            # Within one instance of a module a name means that instance's own resource.
            own = [each for each in found if each.module == consumer.module]
            yield named, own or found


def read_state(source: SourceFile) -> State:
    """Return the state in `source`; raises FileProblem where it is none, or of a version that is not read."""
    whole = read_json(source)
    if not isinstance(whole, dict) or "version" not in whole:
        raise source.problem("this is no Terraform state: it has no version")
    version = whole["version"]
    if version not in _VERSIONS or isinstance(version, bool):
        raise source.problem(
            f"this state is of version {str(version)[:20]}, and 3 and 4 are read: write it anew with a newer Terraform "
            "(terraform state pull)"
        )
    lineage = whole.get("lineage")
    state = State(lineage if isinstance(lineage, str) and lineage.strip() else source.path.stem)
    _read_4(whole, state) if version == 4 else _read_3(whole, state)
    state.index()
    return state


def _read_4(whole: dict[str, Any], state: State) -> None:
    for row, resource in enumerate(_list(whole.get("resources")), 1):
        given = [resource.get(key) if isinstance(resource, dict) else None for key in ("type", "name")]
        named = [each for each in given if isinstance(each, str) and each]
        if len(named) != 2:
            state.complaints.append((row, "", f"resource {row} has no type and name: both are text"))
            continue
        module = str(resource.get("module") or "")
        mode = str(resource.get("mode") or "managed")
        local = ("data." if mode == "data" else "") + ".".join(named)
        base = f"{module}.{local}" if module else local
        for instance in _list(resource.get("instances")):
            if not isinstance(instance, dict):
                continue
            if instance.get("deposed"):
                state.deposed += 1
                continue
            key = instance.get("index_key")
            shown = "" if key is None else f'["{key}"]' if isinstance(key, str) else f"[{key}]"
            attributes = instance.get("attributes") or instance.get("attributes_flat") or {}
            # `dependencies` are addresses of the whole state; `depends_on`, the older form, of the module it stands in.
            told = [each for holder in (instance, resource) for each in _list(holder.get("dependencies"))]
            for holder in (instance, resource):
                told += _within(module, _list(holder.get("depends_on")))
            state.instances.append(
                Instance(
                    row, base + shown, _INDEX.sub("", base), module, named[0], mode,
                    str(resource.get("provider") or ""), None if key is None else str(key),
                    attributes if isinstance(attributes, dict) else {}, _texts(told),
                )
            )  # fmt: skip


def _read_3(whole: dict[str, Any], state: State) -> None:
    row = 0
    for module in _list(whole.get("modules")):
        path = [str(each) for each in _list(module.get("path"))][1:] if isinstance(module, dict) else []
        prefix = ".".join(f"module.{each}" for each in path)
        resources = module.get("resources") if isinstance(module, dict) else None
        for name, resource in (resources if isinstance(resources, dict) else {}).items():
            row += 1
            primary = resource.get("primary") if isinstance(resource, dict) else None
            if not isinstance(primary, dict):
                state.complaints.append((row, name, f"{name} has no primary instance: was the state cut off?"))
                continue
            mode = "data" if name.startswith("data.") else "managed"
            plain, key = name, None
            if (numbered := _NUMBERED.fullmatch(name)) is not None and name.count(".") > (2 if mode == "data" else 1):
                plain, key = numbered[1], numbered[2]
            shown = plain if key is None else f"{plain}[{key}]"
            named = [*_list(resource.get("depends_on")), *_list(module.get("depends_on"))]
            attributes = primary.get("attributes")
            told = {**attributes} if isinstance(attributes, dict) else {}
            told.setdefault("id", primary.get("id"))
            state.instances.append(
                Instance(
                    row, f"{prefix}.{shown}" if prefix else shown, f"{prefix}.{plain}" if prefix else plain, prefix,
                    str(resource.get("type") or plain.partition(".")[0]), mode, str(resource.get("provider") or ""),
                    key, told, _texts(_within(prefix, named)),
                )
            )  # fmt: skip


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _within(module: str, named: list[Any]) -> list[Any]:
    """Return the addresses that a module's resources name, as addresses of the whole state."""
    if not module:
        return named
    return [each if str(each).startswith("module.") else f"{module}.{each}" for each in named if isinstance(each, str)]


def _texts(values: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in values if isinstance(each, str) and each))
