"""One service's availability in sentences, as one would say them to the person who has to promise it.

Takes a row of the finding and nothing else, so that whatever is said stands in the answer too.
"""

from __future__ import annotations

from collections.abc import Iterator

from impact.availability.finding import ServiceAvailability
from impact.availability.wording import duration, of_minutes, percent

__all__ = ["explained"]

_TOLD = 3
"""Contributors that are told one by one."""


def explained(service: ServiceAvailability) -> list[str]:
    """Return the answer on a service in sentences."""
    if service.availability is None:
        return [
            f"{service.name} is not modelled: {service.verdict_because}. That is no availability of 100 %: relate it "
            "to what it stands on, or enter its own mtbf_hours and mttr_hours."
        ]
    return [*_figure(service), *_outages(service), *_contributors(service), *_promise(service), *_basis(service)]


def _figure(service: ServiceAvailability) -> Iterator[str]:
    assert service.downtime_minutes_per_month is not None
    assert service.availability is not None
    least, most = ("at least ", "at most ") if service.at_most else ("", "")
    yield (
        f"{service.name} is expected to be down {least}{duration(service.downtime_minutes_per_month)} a month: it is "
        f"up {most}{percent(service.availability)} of the time."
    )
    if service.method == "interval":
        assert service.low is not None
        assert service.high is not None
        yield f"Too large to compute exactly, it lies between {percent(service.low)} and {percent(service.high)}."
    if service.method == "estimate":
        assert service.low is not None
        assert service.high is not None
        yield f"It was estimated by simulation: between {percent(service.low)} and {percent(service.high)}."
    felt = service.experienced
    if felt is not None and felt.planned_hours_per_year > 0:
        yield (
            f"With planned work, users experience {duration(felt.downtime_minutes_per_month)} a month, "
            f"{percent(felt.availability)}."
        )
    if service.uncertainty is not None:
        found = service.uncertainty
        yield (
            f"As far as the recorded ranges tell, the truth lies between {percent(found.low)} and "
            f"{percent(found.high)} with 90 %; {found.items_with_range} of {found.items} items have a range."
        )


def _outages(service: ServiceAvailability) -> Iterator[str]:
    if service.outages_per_year is None:
        yield "How often it fails cannot be said: an item below it gives an availability and no time to repair."
    elif service.mean_outage_minutes is not None:
        often, long = _often(service.outages_per_year), duration(service.mean_outage_minutes)
        yield f"It goes down {often}, for {long} on average."
    cost = service.cost
    if cost.user_hours_per_year is not None and cost.user_hours_per_year > 0:
        who = "by their weekly profile" if cost.by_usage else "if all of them work around the clock"
        yield f"Its users lose {cost.user_hours_per_year:,.0f} hours of work a year, {who}."
    if cost.paid_while_down_per_year:
        yield f"Of its yearly cost, {cost.paid_while_down_per_year:,.0f} is paid while it is down."


def _often(per_year: float) -> str:
    """Return a frequency as one says it.

    >>> _often(12.3), _often(1.04), _often(0.2), _often(200)
    ('12 times a year', 'once a year', 'once in 5 years', '17 times a month')
    """
    if per_year > 100:
        return f"{per_year / 12:.0f} times a month"
    if per_year >= 1.5:
        return f"{per_year:.0f} times a year"
    return "once a year" if per_year >= 0.75 else f"once in {1 / per_year:,.0f} years"


def _contributors(service: ServiceAvailability) -> Iterator[str]:
    whole = service.downtime_minutes_per_month or 0.0
    for each in service.contributors[:_TOLD]:
        part = of_minutes(each.minutes_per_month, whole)
        if each.id is None:
            yield (
                f"{part} a month come from the {each.name}, which strikes its {len(each.members)} members at once; "
                "members that differ (maker, room, software) share less."
            )
            continue
        saved = of_minutes(each.pair_saves_minutes_per_month or 0.0, whole)
        yield (
            f"{part} a month come from {each.name} ({each.class_name}); replacing this one item by a pair would save "
            f"{saved}."
        )
    rest = service.contributors_total - _TOLD
    if rest > 0:
        yield f"{rest:,} more {'matters' if rest == 1 else 'matter'} less."


def _promise(service: ServiceAvailability) -> Iterator[str]:
    if service.target is not None and service.budget_minutes_per_month is not None:
        yield (
            f"The target of {100 * service.target:.7g} % allows {duration(service.budget_minutes_per_month)} a month: "
            f"{service.verdict}, for {service.verdict_because}."
        )
    kept = service.attainment
    if kept is None:
        return
    if kept.month is not None and kept.year is not None:
        yield (
            f"{'If these figures hold, it' if service.verdict == 'not enough data to promise' else 'It'} is kept in "
            f"about {percent(kept.month, 0)} of months and {percent(kept.year, 0)} of years (an approximation)."
        )
    if kept.safe_month is not None and kept.safe_year is not None:
        yield (
            f"What 95 % of months keep is {percent(kept.safe_month)}, and of years {percent(kept.safe_year)} (an "
            "approximation)."
        )


def _basis(service: ServiceAvailability) -> Iterator[str]:
    if service.no_data:
        yield (
            f"Nothing is known of {_items(service.no_data)} below it; computed as if they never failed, so the truth "
            "is worse."
        )
    if service.basis is not None:
        parts = [
            f"{percent(share, 0)} on {word}"
            for word, share in (
                ("measured figures", service.basis.measured),
                ("entered figures", service.basis.entered),
                ("defaults of classes", service.basis.default),
            )
            if share > 0
        ]
        yield f"The expected downtime rests {', '.join(parts)}."
    if service.enter_first:
        names = ", ".join(each.name for each in service.enter_first)
        yield f"To know better, enter first the figures of: {names}."


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count:,} items"
