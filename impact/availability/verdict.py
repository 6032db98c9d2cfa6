"""Whether a target is met: a verdict that says so when it cannot be told. Pure."""

from __future__ import annotations

from typing import Final, Literal, get_args

__all__ = ["MOST_DEFAULT_SHARE", "VERDICTS", "Verdict", "verdict_of"]

Verdict = Literal["met", "not met", "not enough data to promise", "undecided", "not modelled", "no target"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)

MOST_DEFAULT_SHARE: Final = 0.2
"""With more of the expected downtime than this resting on defaults of classes, nothing is promised."""


def verdict_of(
    *,
    target: float | None,
    low: float | None,
    high: float | None,
    default_share: float | None,
    without_data: bool,
) -> tuple[Verdict, str]:
    """Return the verdict on an availability between `low` and `high`, and its reason in a few words.

    `low` is None for a service that is not modelled. `default_share` is the share of expected downtime on default
    inputs. `without_data`: the service stands on items of which nothing is known; the figure then is an upper bound,
    which can miss a target and never meet one.
    """
    if low is None or high is None:
        return "not modelled", "nothing is recorded that its availability could be computed from"
    if target is None:
        return "no target", "nobody has recorded an availability_target"
    if default_share is not None and default_share > MOST_DEFAULT_SHARE:
        return (
            "not enough data to promise",
            f"{_percent(default_share)} of its expected downtime rests on defaults of classes, not on figures of yours",
        )
    if high < target:
        return "not met", "the expected availability is below the target"
    if without_data:
        return "not enough data to promise", "it stands on items of which nothing is known"
    if low < target:
        return "undecided", "the target lies within the bounds of the figure"
    return "met", "the expected availability is not below the target"


def _percent(share: float) -> str:
    """Return a share as a percentage that never rounds a little up to all, nor to nothing.

    >>> _percent(0.204), _percent(0.996), _percent(0.0004)
    ('20 %', 'more than 99 %', 'less than 1 %')
    """
    if 0.99 < share < 1:
        return "more than 99 %"
    return "less than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
