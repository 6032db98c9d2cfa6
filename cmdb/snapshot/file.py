"""Keeps a snapshot in a file: a JSON header, then the columns as they lie in memory, mapped when read.

Never pickled. Written to a temporary file and renamed, readable by its owner alone. A file that is not exactly what
was asked for (another revision, catalogue or format) or that is damaged (it carries a checksum of every byte) is not
an error: there is no such snapshot.
"""

from __future__ import annotations

import contextlib
import dataclasses
import mmap
import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cmdb.model import content_digest
from cmdb.snapshot.snapshot import NUMBERS, ImpactGraph, Snapshot
from cmdb.snapshot.strings import CodedStrings, Strings

__all__ = ["FORMAT_VERSION", "load_snapshot", "save_snapshot"]

FORMAT_VERSION = 5
_MAGIC = b"cmdb-snapshot\n"
_ALIGN = 64
_ABANDONED_SECONDS = 3_600


def save_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Write a snapshot to `path`, atomically; raises OSError."""
    arrays: list[NDArray[Any]] = []
    places: dict[str, Any] = {}
    at = check = 0
    for name, array in _arrays("", snapshot):
        array = np.ascontiguousarray(array)
        places[name] = [array.dtype.str, array.shape[0], at]
        arrays.append(array)
        at += -(-array.nbytes // _ALIGN) * _ALIGN
        check = zlib.crc32(
            b"\0" * (-array.nbytes % _ALIGN), zlib.crc32(array.data.cast("B") if array.nbytes else b"", check)
        )
    plain = {
        field.name: getattr(snapshot, field.name)
        for field in dataclasses.fields(snapshot)
        if isinstance(getattr(snapshot, field.name), (str, int, tuple))
    }
    header = msgspec.json.encode(
        {"version": FORMAT_VERSION, "plain": plain, "arrays": places, "size": at, "crc": check}
    )
    head = _MAGIC + content_digest(header).encode() + len(header).to_bytes(8, "big") + header
    head += b"\0" * (-len(head) % _ALIGN)
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(head)
            for array in arrays:
                file.write(array.data.cast("B") if array.nbytes else b"")
                file.write(b"\0" * (-array.nbytes % _ALIGN))
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _sweep(path: Path) -> None:
    """Remove what processes that were killed while they wrote have left behind."""
    for leftover in path.parent.glob(f"{path.name}?*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _ABANDONED_SECONDS:
                leftover.unlink()


def load_snapshot(path: Path) -> Snapshot | None:
    """Return the snapshot in a file, its columns mapped and not read; None when there is none that is whole."""
    try:
        with path.open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    start = len(_MAGIC)
    if whole[:start] != _MAGIC:
        return None
    digest = whole[start : start + 16]
    length = int.from_bytes(whole[start + 16 : start + 24], "big")
    text = whole[start + 24 : start + 24 + length]
    if content_digest(text).encode() != digest:
        return None
    header = msgspec.json.decode(text)
    body = -(-(start + 24 + length) // _ALIGN) * _ALIGN
    if header["version"] != FORMAT_VERSION or len(whole) != body + header["size"]:
        return None
    with memoryview(whole) as everything:
        if zlib.crc32(everything[body:]) != header["crc"]:
            return None
    arrays = {
        name: np.frombuffer(whole, dtype=dtype, count=count, offset=body + at)
        for name, (dtype, count, at) in header["arrays"].items()
    }
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in header["plain"].items()}
    graph = _filled(ImpactGraph, "graph.", arrays, {})
    return _filled(Snapshot, "", arrays, {**plain, "graph": graph})  # type: ignore[no-any-return]


def _arrays(prefix: str, owner: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    for field in dataclasses.fields(owner):
        value, name = getattr(owner, field.name), prefix + field.name
        if isinstance(value, np.ndarray):
            yield name, value
        elif isinstance(value, Strings):
            yield f"{name}#data", value.data
            yield f"{name}#offsets", value.offsets
        elif isinstance(value, CodedStrings):
            yield f"{name}#codes", value.codes
            yield f"{name}#data", value.values.data
            yield f"{name}#offsets", value.values.offsets
        elif isinstance(value, ImpactGraph):
            yield from _arrays(f"{name}.", value)
        elif field.name == "numbers":
            for number in NUMBERS:
                yield f"{name}#{number}", value[number]


def _filled(kind: Any, prefix: str, arrays: dict[str, NDArray[Any]], plain: dict[str, Any]) -> Any:
    filled = dict(plain)
    for field in dataclasses.fields(kind):
        name = prefix + field.name
        if field.name in filled:
            continue
        if name in arrays:
            filled[field.name] = arrays[name]
        elif f"{name}#codes" in arrays:
            values = Strings(arrays[f"{name}#data"], arrays[f"{name}#offsets"])
            filled[field.name] = CodedStrings(arrays[f"{name}#codes"], values)
        elif f"{name}#data" in arrays:
            filled[field.name] = Strings(arrays[f"{name}#data"], arrays[f"{name}#offsets"])
        else:
            filled[field.name] = {number: arrays[f"{name}#{number}"] for number in NUMBERS}
    return kind(**filled)
