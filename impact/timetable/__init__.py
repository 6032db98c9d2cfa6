"""The calendar: maintenance windows, freezes and business hours, expanded to spans of real time."""

from impact.timetable.business import business_minutes
from impact.timetable.occurrences import check_rule, next_span, spans_of, zone_of
from impact.timetable.spans import Span
from impact.timetable.timetable import Breach, Timetable, applies_to

__all__ = [
    "Breach",
    "Span",
    "Timetable",
    "applies_to",
    "business_minutes",
    "check_rule",
    "next_span",
    "spans_of",
    "zone_of",
]
