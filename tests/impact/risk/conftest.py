"""Makes the words of these tests importable: in importlib mode the folder is not on the path."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

if "risk_words" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("risk_words", Path(__file__).with_name("risk_words.py"))
    assert _spec is not None
    assert _spec.loader is not None
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["risk_words"] = _module
    _spec.loader.exec_module(_module)
