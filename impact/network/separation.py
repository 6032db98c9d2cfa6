"""The smallest ways through a network and the smallest ways to cut it, between two devices.

Takes a simple graph of one biconnected block, by device its neighbours, and its two ends, gives sets of inner devices.
A path that has a short cut is left out, for whenever all its devices are up those of the shorter path are; what is left
are the chordless paths. A minimal separator is a set of devices that parts the ends, none of which is superfluous.

Sets of devices are the bits of whole numbers here, which makes a search of a block several times as fast.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

__all__ = ["SearchWork", "chordless_paths", "minimal_separators"]


class SearchWork:
    """Devices that a search for paths or cuts may still look at; `spent` once it has looked at more."""

    def __init__(self, devices: int) -> None:
        self.devices = devices

    @property
    def spent(self) -> bool:
        """There is nothing left."""
        return self.devices < 0


def chordless_paths(
    near: Mapping[int, Collection[int]], start: int, end: int, work: SearchWork | None = None
) -> Iterator[frozenset[int]]:
    """Yield the inner devices of every chordless path, in no order. Every step of the search leads to a path.

    With `work` it ends early when that is spent, and says so there.
    """
    block = _Block(near, work)
    if end in near[start]:
        yield frozenset()
        return
    around_of, target = block.near, block.bit[end]
    # By path so far: its inner devices, its last one, the devices that may not be used (those on it, and those next to
    # it before its last one), and all from which the end can be reached without these.
    waiting = [(0, block.bit[start], block.bit[start], block.everything)]
    while waiting and not block.work.spent:
        path, last, closed, open_ = waiting.pop()
        around = around_of[last]
        if around & target:
            yield block.devices(path)
            continue
        shut = closed | around | last
        ahead = around & ~closed
        if not ahead:  # only where no path joins the ends at all
            continue
        open_ &= ~shut
        if not ahead & (ahead - 1):  # along a chain there is no choice, and nothing to find out
            waiting.append((path | ahead, ahead, shut, open_))
            continue
        open_ = block.joined(target, open_)
        while ahead:
            each = ahead & -ahead
            ahead ^= each
            if around_of[each] & open_:
                waiting.append((path | each, each, shut, open_))


def minimal_separators(
    near: Mapping[int, Collection[int]], start: int, end: int, work: SearchWork | None = None
) -> Iterator[frozenset[int]]:
    """Yield every minimal set of devices that parts two ends without a direct link.

    From the separator nearest to the start on, by moving one of its devices to the start's side at a time (Shen and
    Liang, Efficient enumeration of all minimal separators in a graph, 1997). With `work` it ends early when that is
    spent, and says so there.
    """
    block = _Block(near, work)
    if end in near[start]:
        return
    around_of, target = block.near, block.bit[end]

    def behind(border: int) -> int:
        """Return those devices of a border that the end's part touches: the minimal separator in it."""
        return border & block.around(block.joined(target, block.everything & ~border))

    first = behind(around_of[block.bit[start]])
    seen, waiting = {first}, [first]
    while waiting:
        separator = waiting.pop()
        yield block.devices(separator)
        side = block.joined(block.bit[start], block.everything & ~separator)
        border = block.around(side)
        left = separator
        while left:
            device = left & -left
            left ^= device
            if block.work.spent:
                return
            if not around_of[device] & target:
                found = behind((border | around_of[device]) & ~(side | device))
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)


class _Block:
    """A block, its devices told apart by single bits."""

    def __init__(self, near: Mapping[int, Collection[int]], work: SearchWork | None) -> None:
        self.work = work or SearchWork(2**62)
        self._listed = sorted(near)
        self.bit = {device: 1 << place for place, device in enumerate(self._listed)}
        self.near = {self.bit[device]: sum(self.bit[each] for each in near[device]) for device in self._listed}
        """By device, as a bit: its neighbours, as bits."""
        self.everything = (1 << len(self._listed)) - 1

    def devices(self, bits: int) -> frozenset[int]:
        """Return the devices that some bits stand for."""
        found = []
        while bits:
            each = bits & -bits
            bits ^= each
            found.append(self._listed[each.bit_length() - 1])
        return frozenset(found)

    def around(self, bits: int) -> int:
        """Return the neighbours of some devices."""
        near, found = self.near, 0
        self.work.devices -= bits.bit_count()
        while bits:
            each = bits & -bits
            bits ^= each
            found |= near[each]
        return found

    def joined(self, start: int, allowed: int) -> int:
        """Return the devices that are joined to `start` by `allowed` ones, itself among them."""
        found = fresh = start
        while fresh:
            fresh = self.around(fresh) & allowed & ~found
            found |= fresh
        return found
