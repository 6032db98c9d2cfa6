"""Change management in the record: requests, approvals, outages, calendar and settings, kept as papers.

Knows what may be written and by whom; what a change would do is asked of `impact`.
"""
