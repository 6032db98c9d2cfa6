"""Change risk: a failure probability, an expected loss, a score and a band, each with its reasons.

`formula` is the mathematics, `gathering` takes its inputs from an estate and its circumstances.
"""
