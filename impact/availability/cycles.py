"""The order in which the rows of one cycle are visited, so that few rounds reach its fixed point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

__all__ = ["ordered_component"]


def ordered_component(rows: Sequence[int], providers_of: Callable[[int], Iterable[int]]) -> list[int]:
    """Return the rows of a cycle, providers first as far as direct requirements go (depth-first, postorder)."""
    inside = set(rows)
    seen: set[int] = set()
    order: list[int] = []
    for start in rows:
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(providers_of(start)))]
        while stack:
            row, rest = stack[-1]
            for provider in rest:
                if provider in inside and provider not in seen:
                    seen.add(provider)
                    stack.append((provider, iter(providers_of(provider))))
                    break
            else:
                stack.pop()
                order.append(row)
    return order
