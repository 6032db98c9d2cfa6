"""A column of texts in Arrow's layout: one run of UTF-8 bytes and the offsets of its rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["CodedStrings", "Strings"]

_FEW: Final = 4
"""Below one in so many, rows are copied one by one rather than out of a copy of the whole column."""


class Strings:
    """Texts (or JSON documents) by row: `data` is uint8, `offsets` int64 and one longer than the column.

    Two columns are equal when their texts are. A column may lie in a mapped file; nothing is decoded until asked.
    """

    __slots__ = ("data", "offsets")

    def __init__(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self.data = data
        self.offsets = offsets

    @classmethod
    def of(cls, texts: Iterable[str | bytes]) -> Strings:
        """Return the column of these texts."""
        encoded = [text if isinstance(text, bytes) else text.encode() for text in texts]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def bytes_at(self, row: int) -> bytes:
        """Return a row's bytes."""
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes()

    def __getitem__(self, row: int) -> str:
        return self.bytes_at(row).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.tolist())

    def tolist(self) -> list[str]:
        """Return every text."""
        return [each.decode() for each in self.to_bytes()]

    def to_bytes(self) -> list[bytes]:
        """Return every row's bytes."""
        whole, bounds = self.data.tobytes(), self.offsets.tolist()
        return [whole[start:end] for start, end in itertools.pairwise(bounds)]

    def take(self, rows: Sequence[int] | NDArray[np.integer]) -> list[str]:
        """Return the texts of these rows, in their order."""
        return [each.decode() for each in self.bytes_of(rows)]

    def bytes_of(self, rows: Sequence[int] | NDArray[np.integer]) -> list[bytes]:
        """Return the bytes of these rows, in their order."""
        places = np.asarray(rows, np.int64)
        bounds = zip(self.offsets[places].tolist(), self.offsets[places + 1].tolist(), strict=True)
        if len(places) * _FEW > len(self):
            whole = self.data.tobytes()
            return [whole[start:end] for start, end in bounds]
        return [self.data[start:end].tobytes() for start, end in bounds]

    def rows_holding(self, needle: bytes) -> list[int]:
        """Return the rows whose bytes hold `needle`, in order; a search of the whole run, fast in native code."""
        whole = self.data.tobytes()
        positions = []
        at = whole.find(needle)
        while at >= 0:
            positions.append(at)
            at = whole.find(needle, at + 1)
        starts = np.asarray(positions, np.int64)
        rows = np.searchsorted(self.offsets, starts, side="right") - 1
        inside = starts + len(needle) <= self.offsets[rows + 1]
        return [int(row) for row in np.unique(rows[inside])]

    def patched(self, keep: NDArray[np.bool_], added: Sequence[bytes], places: NDArray[np.int64]) -> Strings:
        """Return the column without the rows not kept, and with `added` rows put in before `places`.

        `places` are rows of the column as it stands after the removal, ascending, as `numpy.insert` takes them.
        """
        lengths = np.diff(self.offsets)
        data, gone = self.data, np.flatnonzero(~keep)
        if len(gone):
            # Few rows go at a time: whole stretches between them are copied, not byte by byte.
            starts = np.concatenate([[0], self.offsets[gone + 1]]).tolist()
            ends = np.append(self.offsets[gone], len(data)).tolist()
            data = np.concatenate([data[start:end] for start, end in zip(starts, ends, strict=True)])
        lengths = lengths[keep]
        if added:
            bounds = np.zeros(len(lengths) + 1, np.int64)
            np.cumsum(lengths, out=bounds[1:])
            new = np.fromiter(map(len, added), np.int64, len(added))
            pieces: list[NDArray[np.uint8]] = []
            at = 0
            for place, text in zip(places.tolist(), added, strict=True):
                start = int(bounds[place])
                pieces += [data[at:start], np.frombuffer(text, np.uint8)]
                at = start
            data = np.concatenate([*pieces, data[at:]])
            lengths = np.insert(lengths, places, new)
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return Strings(data, offsets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Strings):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.data, other.data)

    __hash__ = None  # type: ignore[assignment]


class CodedStrings:
    """Texts that repeat: `codes` by row into the distinct `values` (Arrow's dictionary encoding).

    Value 0 is always the empty text. Values that no row uses any more may linger.
    """

    __slots__ = ("codes", "values")

    def __init__(self, codes: NDArray[np.int32], values: Strings) -> None:
        self.codes = codes
        self.values = values

    @classmethod
    def of(cls, texts: Sequence[bytes | None]) -> CodedStrings:
        """Return the column of these texts; None is the empty text."""
        distinct = sorted({text for text in texts if text})
        code = {text: number for number, text in enumerate([b"", *distinct])}
        code[None] = 0  # type: ignore[index]
        codes = np.fromiter(map(code.__getitem__, texts), np.int32, len(texts))  # type: ignore[arg-type]
        return cls(codes, Strings.of([b"", *distinct]))

    def __len__(self) -> int:
        return len(self.codes)

    def bytes_at(self, row: int) -> bytes:
        """Return a row's bytes."""
        return self.values.bytes_at(int(self.codes[row]))

    def __getitem__(self, row: int) -> str:
        return self.bytes_at(row).decode()

    def to_bytes(self) -> list[bytes]:
        """Return every row's bytes."""
        values = self.values.to_bytes()
        return [values[code] for code in self.codes.tolist()]

    def patched(self, keep: NDArray[np.bool_], added: Sequence[bytes], places: NDArray[np.int64]) -> CodedStrings:
        """Return the column without the rows not kept, and with `added` rows put in, as `Strings.patched` does."""
        codes, values = self.codes[keep], self.values
        if added:
            known = {text: number for number, text in enumerate(values.to_bytes())}
            fresh = sorted({text for text in added if text not in known})
            known.update({text: number for number, text in enumerate(fresh, len(known))})
            values = Strings.of([*values.to_bytes(), *fresh]) if fresh else values
            codes = np.insert(codes, places, np.array([known[text] for text in added], np.int32))
        return CodedStrings(codes, values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CodedStrings):
            return NotImplemented
        return self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]
