"""The rooms of the design hold: who may import whom, and which library lives in which one place.

Read from the source by ast, so that an import inside a function counts too.
"""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("cmdb", "impact", "importers", "frontends")

# What a room may import of ours, beside itself.
MAY_IMPORT = {
    "cmdb": (),
    "impact": ("cmdb.model", "cmdb.snapshot", "cmdb.errors"),
    "importers": ("cmdb.model", "cmdb.errors"),
    "frontends": ("cmdb", "impact", "importers"),
}

# Where a library, or a way to the outside, may be used: one place each.
ONLY_IN = {
    "neo4j": "cmdb/store/neo4j",
    "sqlite3": "cmdb/store/sqlite",
    "networkx": "impact",
    "click": "frontends/cli",
    "fastapi": "frontends/web",
    "os.environ": "cmdb/settings.py",
    "os.environb": "cmdb/settings.py",
    "os.getenv": "cmdb/settings.py",
    "os.putenv": "cmdb/settings.py",
}

# What `cmdb --help` must not pay for.
HEAVY = ("msgspec", "neo4j", "networkx", "numpy", "pydantic", "rich")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))}


def imported_from(node: ast.ImportFrom, module: str) -> str:
    """Return the full name of the module that a from-import names, relative ones resolved."""
    if node.level == 0:
        return node.module or ""
    package = module.split(".")
    if SOURCES[module].name != "__init__.py":
        package = package[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)


def used_names(module: str) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import of a module, and of every `os.something` it uses."""
    aliases = {"os"}
    tree = ast.parse(SOURCES[module].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
                if alias.name == "os" and alias.asname:
                    aliases.add(alias.asname)
        elif isinstance(node, ast.ImportFrom):
            source = imported_from(node, module)
            for alias in node.names:
                # `from cmdb import model` imports the module, `from cmdb.model import Item` a name in it.
                whole = f"{source}.{alias.name}"
                yield node.lineno, whole if whole in SOURCES or source == "os" else source
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from ((node.lineno, str(word.value)) for word in node.args if isinstance(word, ast.Constant))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield node.lineno, f"os.{node.attr}"


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def place(module: str) -> str:
    return SOURCES[module].relative_to(ROOT).as_posix()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_design_allows(room: str) -> None:
    """Importers know no store, analyses know no file, and the record knows nothing of either."""
    wrong = [
        f"{place(module)}:{line} imports {name}"
        for module in SOURCES
        if is_within(module, room)
        for line, name in used_names(module)
        if is_within(name, *ROOMS) and not is_within(name, room, *MAY_IMPORT[room])
    ]

    assert wrong == []


@pytest.mark.parametrize("name", ONLY_IN)
def test_what_has_one_place_is_used_nowhere_else(name: str) -> None:
    """A driver, a framework and the environment are each known to one place, so each can be changed there."""
    wrong = [
        f"{place(module)}:{line} uses {used}"
        for module in SOURCES
        if not place(module).startswith(ONLY_IN[name])
        for line, used in used_names(module)
        if is_within(used, name)
    ]

    assert wrong == []


def needed(module: str) -> set[str]:
    """Return our modules that a module imports when it runs, inside functions too; not what only types name."""
    tree = ast.parse(SOURCES[module].read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in typing_only:
            source = imported_from(node, module)
            names = [f"{source}.{alias.name}" for alias in node.names]
            found |= {name if name in SOURCES else source for name in names}
    # A package names what its modules offer; that they stand in it is no need of theirs.
    return {name for name in found if name in SOURCES and not is_within(module, name) and not is_within(name, module)}


def test_no_modules_need_each_other_in_a_circle() -> None:
    """Dependencies point one way within the rooms as well, so any module can be read after those it names."""
    needs = {module: needed(module) for module in SOURCES}
    try:
        list(graphlib.TopologicalSorter(needs).static_order())
    except graphlib.CycleError as error:
        pytest.fail(" needs ".join(error.args[1]))


def test_every_folder_of_modules_is_a_package_with_a_docstring() -> None:
    """The first thing a reader of a room finds is what it is for."""
    folders = {path.parent for path in SOURCES.values()}
    missing = [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()]
    silent = [
        place(module)
        for module, path in SOURCES.items()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert sorted(missing) == []
    assert sorted(silent) == []


def test_asking_for_help_loads_nothing_heavy() -> None:
    """`cmdb --help` answers at once, because commands import what they need when they run."""
    if "frontends.cli.main" not in SOURCES:
        pytest.skip("there is no command line yet")
    code = (
        "import json, sys\n"
        "from frontends.cli.main import main\n"
        "sys.argv = ['cmdb', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.mark.parametrize("module", ["impact", "impact.spof", "cmdb.record"])
def test_a_question_loads_no_toolbox(module: str) -> None:
    """NetworkX and SciPy take longer to import than most questions take to answer; what needs them imports them."""
    code = f"import json, sys, {module}; print(json.dumps([n for n in ('networkx', 'scipy') if n in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
