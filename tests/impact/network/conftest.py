"""Random estates with networks for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st


@pytest.fixture(scope="session")
def networks(spec_of: Any, link_of: Any) -> Callable[[], st.SearchStrategy[Any]]:
    """The strategy of (estate in words, what goes down, what is degraded): up to 12 items, links, pools, cycles."""

    @st.composite
    def draw_estate(draw: st.DrawFn) -> Any:
        names = [f"i{number}" for number in range(draw(st.integers(2, 12)))]
        name = st.sampled_from(names)
        pair = st.tuples(name, name).filter(lambda ends: ends[0] != ends[1])
        classes = st.sampled_from(["Switch"] * 5 + ["Server", "Server", "Room"])
        status = st.sampled_from(["operational"] * 12 + ["degraded", "maintenance", "retired"])
        items = {each: {"class": draw(classes), "status": draw(status)} for each in names}
        links = [
            link_of(one, other, "undirected", type="connects_to", key=str(number))
            for number, (one, other) in enumerate(draw(st.lists(pair, max_size=18)))
        ]
        pools = {}
        for number, (consumer, provider) in enumerate(draw(st.lists(pair, max_size=10))):
            type_, impact = draw(
                st.sampled_from([("reaches", "hard")] * 3 + [("reaches_softly", "soft"), ("relies_on", "hard")])
            )
            pooled = draw(st.sampled_from([(), (), ("a",), ("a",), ("b",)]))
            links.append(link_of(consumer, provider, impact, pooled, type_, key=f"k{number}"))
            for pool in pooled:
                pools[consumer, pool] = {"need": draw(st.integers(1, 3))}
                if not draw(st.integers(0, 3)):
                    pools[consumer, pool]["full"] = draw(st.integers(1, 3))
        down = draw(st.lists(name, max_size=3, unique=True))
        weak = [each for each in names if items[each]["status"] == "degraded"]
        return spec_of(items, tuple(links), pools), down, weak

    return draw_estate
