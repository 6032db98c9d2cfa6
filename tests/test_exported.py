"""What a module says it exports is there, is sorted, and is explained."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("cmdb", "impact", "importers", "frontends")


def exporting_modules() -> list[str]:
    """Return the dotted names of our modules that assign `__all__`."""
    found = []
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


@pytest.mark.parametrize("name", exporting_modules())
def test_a_module_exports_what_it_lists_in_order(name: str) -> None:
    """`__all__` is sorted, without doubles, and each of its names exists."""
    module = importlib.import_module(name)

    assert list(module.__all__) == sorted(set(module.__all__), key=in_ruff_order)
    assert [missing for missing in module.__all__ if not hasattr(module, missing)] == []


@pytest.mark.parametrize("name", exporting_modules())
def test_what_is_exported_has_a_docstring(name: str) -> None:
    """Public means documented: functions and classes of ours say what they mean."""
    module = importlib.import_module(name)
    ours = [
        getattr(module, public)
        for public in module.__all__
        if inspect.isclass(getattr(module, public)) or inspect.isfunction(getattr(module, public))
    ]

    assert [thing.__name__ for thing in ours if not thing.__doc__] == []


def in_ruff_order(name: str) -> tuple[int, str]:
    """Constants, classes, the rest: the order ruff's RUF022 keeps, so that the two never disagree."""
    if name.isupper():
        return 0, name
    return (1 if name.lstrip("_")[:1].isupper() else 2), name
