"""Make up an estate of any size, in the native JSON Lines format; the same seed gives the same estate.

In come a number of items, a seed and a profile; out come rows (`batch`, `item`, `relationship`, `pool`), one at a
time. Standard library only, and nothing of the product: an estate to judge it by must not come from it.

    python examples/midsize/generate.py --items 100000 --seed 1 --out estate.jsonl
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# So that this file can be imported from anywhere, not only run.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from midsize_estate import Plan, Row, business_rows, infrastructure_rows

__all__ = ["PROFILES", "changed", "generate", "main"]

PROFILES = ("real", "adv")


def generate(items: int, seed: int, profile: str = "real", relationships_per_item: float = 3.0) -> Iterator[Row]:
    """Give the rows of an estate of exactly `items` items, the `batch` row first.

    `relationships_per_item` is met exactly down to what the tiers themselves hold (about 2.8). Raises ValueError
    for fewer than 500 items and for an unknown profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"the profile is {profile!r}: it must be one of {', '.join(PROFILES)}")
    return _rows(Plan.of(items), seed, profile, round(relationships_per_item * items))


def _rows(plan: Plan, seed: int, profile: str, relationships: int) -> Iterator[Row]:
    draw = random.Random(f"{plan.items}/{seed}/{profile}")
    yield {"kind": "batch", "cmdb": 1, "source": "midsize", "scope": f"seed-{seed}", "complete": True}
    for row in infrastructure_rows(plan, draw):
        relationships -= row["kind"] == "relationship"
        yield row
    yield from business_rows(plan, draw, profile, relationships)


def changed(rows: Iterable[Row], percent: float, seed: int) -> Iterator[Row]:
    """Give the same estate a month later: `percent` of the items are patched, and so many machines moved to the
    other volume of their cluster. Nothing comes or goes. Raises ValueError outside 0 to 100.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"the share of changes is {percent}: give a percentage from 0 to 100")
    return _changed(rows, percent / 100, random.Random(f"{seed}/changes"))


def _changed(rows: Iterable[Row], share: float, draw: random.Random) -> Iterator[Row]:
    for row in rows:
        if row["kind"] == "item" and draw.random() < share:
            yield {**row, "attributes": {**row.get("attributes", {}), "patch_level": "2026-10"}}
        elif row["kind"] == "relationship" and row["type"] == "stores_on" and draw.random() < share:
            yield {**row, "to": row["to"][:-1] + str(1 - int(row["to"][-1]))}
        else:
            yield row


def main(arguments: list[str] | None = None) -> int:
    """Write an estate to a file or to standard output; return the exit code."""
    parser = argparse.ArgumentParser(description="Make up an estate in the native JSON Lines format.")
    parser.add_argument("--items", type=int, default=10_000, help="how many items, exactly; at least 500")
    parser.add_argument("--seed", type=int, default=1, help="equal seeds give equal estates")
    parser.add_argument("--out", default="-", help="the file to write; - is standard output")
    parser.add_argument("--profile", choices=PROFILES, default="real", help="how replicas are placed")
    parser.add_argument("--relationships-per-item", type=float, default=3.0, help="3.0 unless told; at least about 2.8")
    parser.add_argument(
        "--changes", type=float, default=0.0, metavar="PERCENT", help="the same estate, so much changed"
    )
    given = parser.parse_args(arguments)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    try:
        rows = generate(given.items, given.seed, given.profile, given.relationships_per_item)
        rows = changed(rows, given.changes, given.seed) if given.changes else rows
        with contextlib.ExitStack() as stack:
            out = sys.stdout
            if given.out != "-":
                out = stack.enter_context(Path(given.out).open("w", encoding="utf-8", newline="\n"))
            out.writelines(encode(row) + "\n" for row in rows)
    except (ValueError, OSError) as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
