"""Availability: what fraction of time each row is down, exactly where that can be had, and what it rests on most."""
