"""Placeholder of the strategies."""
