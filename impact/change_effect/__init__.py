"""The effect of a change in time: from the whole state, interval by interval, where it succeeds and where it fails."""

from impact.change_effect.effect import effect_of
from impact.change_effect.finding import EffectFinding

__all__ = ["EffectFinding", "effect_of"]
