"""Slots: when a change disturbs its users least."""

from impact.slots.finding import Slot, SlotsFinding
from impact.slots.search import Cost, best_slots, slots_of

__all__ = ["Cost", "Slot", "SlotsFinding", "best_slots", "slots_of"]
