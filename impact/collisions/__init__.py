"""Collisions: changes that get in each other's way, and those that are harmless alone and fatal together."""

from impact.collisions.answer import conflicts_of
from impact.collisions.finding import Conflict, ConflictsFinding

__all__ = ["Conflict", "ConflictsFinding", "conflicts_of"]
