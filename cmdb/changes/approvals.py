"""Who may say yes to a change, and when a yes no longer counts.

Takes values, gives approvals or EditRefused. The roles follow the risk band (shared mathematics, section 1). A command
line knows an actor by name only: it records how the name was established, it cannot prove who sat at the keyboard.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cmdb.changes.conflict_kinds import CONFLICT_KINDS
from cmdb.changes.papers import Assessment, ChangeModel, KeptEffect, Roster
from cmdb.errors import EditRefused
from cmdb.model import Actor
from cmdb.model.change import Approval, ChangeRequest, ChangeStanding

__all__ = [
    *("approve_as", "became_different", "effect_became_different", "holds_as_standard", "open_roles", "void_because"),
]

_NOTICED = 0.5
"""Points of score from which on a difference is worth telling."""
_BANDS = ("low", "medium", "high", "very_high")


def holds_as_standard(request: ChangeRequest, model: ChangeModel | None, classes: Collection[str]) -> str:
    """Return why a standard change does not count as one; empty where it does.

    `classes` are those of its items. It needs a change model that stands, and to do no more than the model allows.
    """
    if request.model is None:
        return "it names no change model"
    if model is None or model.withdrawn:
        return f"there is no change model {request.model} that stands"
    if foreign := sorted(set(classes) - set(model.classes)):
        return f"change model {model.name} is not for {', '.join(foreign)}"
    if beyond := sorted({step.action for step in request.steps} - set(model.actions)):
        return f"change model {model.name} does not allow {', '.join(beyond)}"
    return ""


def open_roles(standing: ChangeStanding, assessment: Assessment) -> list[str]:
    """Return the roles that have yet to say yes to an assessment; of an emergency one yes is enough."""
    counted = [each for each in standing.approvals if not each.void]
    if standing.request.type == "emergency":
        needed = list(assessment.approvers)
        return [] if counted or not needed else ["one of change_manager, cab, service_owner"]
    given = {each.role for each in counted}
    return [role for role in assessment.approvers if role not in given]


def approve_as(
    standing: ChangeStanding,
    key: str,
    assessment: Assessment,
    actor: Actor,
    roster: Roster,
    owners: Sequence[str],
    *,
    at: str,
    reason: str = "",
) -> Approval:
    """Return an actor's yes to the assessment `key`, in a role that it still needs and that they hold.

    `owners` own the services affected. Raises EditRefused for one's own request, for a role nobody gave the actor,
    and for a second yes of the same person.
    """
    request, name = standing.request, actor.name.casefold()
    if request.requester is not None and name == request.requester.casefold():
        raise EditRefused(f"{actor.name} asked for {standing.number} and cannot approve it; somebody else must")
    if any(name == each.by.casefold() and not each.void for each in standing.approvals):
        raise EditRefused(f"{actor.name} has approved {standing.number} already; each role needs another person")
    if not assessment.schedulable:
        raise EditRefused(f"{standing.number} cannot be approved: {'; '.join(assessment.floors)}")
    emergency = request.type == "emergency"
    wanted = ["change_manager", "cab", "service_owner"] if emergency else open_roles(standing, assessment)
    if not wanted:
        raise EditRefused(f"{standing.number} needs no approval: nobody's yes is missing")
    held = [role for role in wanted if name in {each.casefold() for each in roster.holders(role)}]
    if "service_owner" in wanted and "service_owner" not in held and name in {each.casefold() for each in owners}:
        held.append("service_owner")
    if not held:
        raise EditRefused(
            f"{actor.name} holds none of the roles that {standing.number} needs: {', '.join(wanted)}. Who holds them: "
            "cmdb change roster list; give one with: cmdb change roster add ROLE NAME"
        )
    return Approval(actor.name, held[0], at, key, actor.established, reason)


def void_because(approved: Assessment, now: Assessment, names: dict[str, str]) -> list[str]:
    """Return why an approval given on one assessment does not hold for another; empty where it does.

    A higher band, a newly affected service, a new conflict, or an open outage that was not known. `names` are those
    of items by record id.
    """
    found = []
    if _BANDS.index(now.band) > _BANDS.index(approved.band):
        found.append(f"its risk was {_told(approved.band)} and is {_told(now.band)} now")
    if newly := [each for each in now.services if each not in approved.services]:
        found.append(f"it affects {_listed(newly, names)} now, which it did not")
    if fresh := [each for each in now.conflicts if each not in approved.conflicts]:
        found.append(f"it has a new conflict: {'; '.join(map(_conflict, fresh[:3]))}")
    if out := [each for each in now.outages if each not in approved.outages]:
        found.append(f"{_listed(out, names)} is down or degraded, and what it stands by is concerned")
    return found


def became_different(before: Assessment, now: Assessment, names: dict[str, str]) -> list[str]:
    """Return what two assessments of one change say differently, for better or worse; empty where nothing does."""
    found = []
    if before.band != now.band:
        found.append(f"risk {_told(before.band)} ({before.score:.0f}) became {_told(now.band)} ({now.score:.0f})")
    elif abs(before.score - now.score) >= _NOTICED:
        found.append(f"score {before.score:.0f} became {now.score:.0f}")
    both = before.effect is not None and now.effect is not None
    for told, one, other in (
        ("affects", now.services, before.services),
        ("no longer affects", before.services, now.services),
    ):
        # Where both effects are kept, they tell more of it: from which state to which.
        if not both and (fresh := [each for each in one if each not in other]):
            found.append(f"{told} {_listed(fresh, names)}")
    for told, these, those in (
        ("new conflict", now.conflicts, before.conflicts),
        ("no longer in conflict", before.conflicts, now.conflicts),
    ):
        found += [f"{told}: {_conflict(each)}" for each in these if each not in those]
    if out := [each for each in now.outages if each not in before.outages]:
        found.append(f"{_listed(out, names)} is down or degraded now")
    if before.effect is not None and now.effect is not None:
        found += effect_became_different(before.effect, now.effect, names)
    if before.revision != now.revision and found:
        found.append(f"the record went from revision {before.revision} to {now.revision}")
    return found


def effect_became_different(before: KeptEffect, now: KeptEffect, names: dict[str, str]) -> list[str]:
    """Return what two effects of one change do differently, by branch, and which other changes go on meanwhile."""
    found: list[str] = []
    for branch, one, other in (
        ("as planned", before.succeeds, now.succeeds),
        ("where it fails", before.fails, now.fails),
    ):
        found += [f"{branch} {_listed(ids, names)} {moved}" for moved, ids in _moves(one, other)]
    for told, these, those in (
        ("at the same time as", now.meanwhile, before.meanwhile),
        ("no longer at the same time as", before.meanwhile, now.meanwhile),
    ):
        if others := [each for each in these if each not in those]:
            found.append(f"{told} {', '.join(others)}")
    return found


def _moves(one: dict[str, str], other: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Return which services go from which state to which, as `was X and is Y now`."""
    moves: dict[str, list[str]] = {}
    for each in sorted({*one, *other}):
        was, is_ = one.get(each, "unaffected"), other.get(each, "unaffected")
        if was != is_:
            moves.setdefault(f"was {_told(was)} and is {_told(is_)} now", []).append(each)
    return sorted(moves.items())


def _told(band: str) -> str:
    return band.replace("_", " ")


def _conflict(kept: str) -> str:
    """Return a conflict as it is kept with its kind in a person's words."""
    kind, separator, text = kept.partition(": ")
    return f"{CONFLICT_KINDS.get(kind, kind)}{separator}{text}"


def _listed(ids: Sequence[str], names: dict[str, str]) -> str:
    told = ", ".join(names.get(each, each) for each in ids[:3])
    return told + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
