"""The walk-through of availability: every step prints the usual figure, the true one and the reason."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "examples" / "availability.py"


@pytest.fixture(scope="module")
def printed() -> str:
    """What the script prints, on a line."""
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False, env=environment, timeout=120
    )

    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("title", "usual", "true"),
    [
        ("1. The shared switch", "0.99987922", "0.9989001"),
        ("2. The bridge", "0.9639", "0.97848"),
        ("3. Two of three", "0.999994", "0.998912"),
        ("4. The hidden host", "0.9999", "0.9949005"),
        ("5. The common cause", "0.9999", "0.998919081"),
    ],
)
def test_each_step_tells_the_usual_and_the_true_figure(printed: str, title: str, usual: str, true: str) -> None:
    """The golden numbers of the textbooks; the script itself holds them to nine digits."""
    step = printed[printed.index(title) :]

    assert step.index(f"usual {usual},") < step.index(f"true {true},") < step.index("why ")


def test_the_script_fails_where_a_figure_is_not_the_textbooks(tmp_path: Path) -> None:
    """It checks what it prints."""
    spec = importlib.util.spec_from_file_location("availability_example", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    wrong = module.Step("", "two-of-three.yaml", "database", lambda: 0.5, "", 0.002, "")
    module.STEPS[:] = [wrong]

    with pytest.raises(AssertionError):
        list(module.walk(tmp_path))
