"""Which class a device is of, and which of two devices is nearer the rest of the world.

In come the words of a role and a device type, out go a class of the record and a `Standing`. NetBox leaves both to
the words a site chose, so they are matched by keyword; what no keyword settles stays `Hardware`, without standing.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["UNDECIDED", "Standing", "class_of_words", "is_above", "is_transfer_switch", "plain_words", "standing"]

UNDECIDED: Final = "Hardware"

_CLASS_WORDS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), class_name)
    for pattern, class_name in (
        (r"patch ?panel|fib(er|re) panel|splice|\bcassettes?\b|koblingspanel", "NetworkDevice"),
        (r"\bpdus?\b|\brpdus?\b|power distribution|power strip", "PDU"),
        (r"\bups\b|uninterruptible", "UPS"),
        (r"\b(ats|sts)\b|transfer switch", "PDU"),
        (r"generator|aggregat\b", "Generator"),
        (r"\bcracs?\b|cooling|chiller|hvac|kjøl", "Cooling"),
        (r"\bsan ?switch|\bfc ?switch|fib(er|re) channel switch|storage switch", "SANSwitch"),
        (r"load ?balancer|\badcs?\b|lastbalanser", "LoadBalancer"),
        (r"firewall|\bfws?\b|\bngfw\b|\butm\b|brannmur", "Firewall"),
        (r"access ?points?|\bw?aps?\b|aksesspunkt", "AccessPoint"),
        (r"router|\brtrs?\b|\bruter\b|\bcpes?\b", "Router"),
        (r"switch|svitsj|\btors?\b|\bleaf\b|\bspines?\b", "Switch"),
        (r"hypervisor|\besxi?\b|vm ?host|virtuali[sz]ation host|proxmox|hyper v", "Hypervisor"),
        (r"\bnas\b|\bfilers?\b", "NAS"),
        (r"\btape\b", "TapeLibrary"),
        (r"storage (server|node)|lagringsserver", "Server"),
        (r"\bsan\b|storage|disk array|lagring", "StorageArray"),
        (r"chassis|enclosure|kabinett", "Enclosure"),
        (r"printer|skriver", "Printer"),
        (r"\bphones?\b|telefon", "Phone"),
        (r"workstation|desktop|laptop|\bpcs?\b|arbeidsstasjon", "Workstation"),
        (r"server|compute|\bhosts?\b|\bnodes?\b|\bblades?\b|tjener|database|application", "Server"),
        (r"controller|console|modem|\bonts?\b|media converter|network|nettverk|gateway", "NetworkDevice"),
    )
)
_TIERS: Final[tuple[tuple[re.Pattern[str], int], ...]] = (
    (re.compile(r"super ?spine|\bcore|backbone|kjerne"), 3),
    (re.compile(r"distribution|distribusjon|aggregation|\bagg\b|\bspine"), 2),
    (re.compile(r"\baccess|aksess|\btors?\b|top of rack|\bleaf\b|\bfloor\b|\bidf\b"), 1),
)
_OUT_OF_BAND: Final = re.compile(r"\boob\b|out of band|management|\bmgmt\b|console|\bipmi\b|\bbmc\b|\bidrac\b|\bilo\b")
_OUTSIDE: Final = re.compile(r"\bwan\b|internet|\bdmz\b|transit|peering")

_ENDPOINTS: Final = frozenset(
    [
        "Server",
        "Hypervisor",
        "NAS",
        "StorageArray",
        "Enclosure",
        "Workstation",
        "Printer",
        "Phone",
        "AccessPoint",
        "LoadBalancer",
    ]
)
_KINDS: Final = {"Switch": 1, "Firewall": 2, "Router": 3}


def plain_words(*texts: str) -> str:
    """Return words in lower case with one blank between them.

    >>> plain_words("core-switch", "Core  Switch")
    'core switch core switch'
    """
    return " ".join(re.sub(r"[\W_]+", " ", text).strip().lower() for text in texts if text)


def class_of_words(words: str) -> str | None:
    """Return the class that plain words name, None where they name none.

    >>> class_of_words("tor switch"), class_of_words("application server"), class_of_words("misc")
    ('Switch', 'Server', None)
    """
    return next((class_name for pattern, class_name in _CLASS_WORDS if pattern.search(words)), None)


class Standing(NamedTuple):
    """Where a device stands on the way out: its kind (endpoint 0 to router 3), and a switch's tier (0 unknown)."""

    kind: int
    tier: int
    out_of_band: bool
    outside: bool
    storage_network: bool


def standing(class_name: str, words: str) -> Standing | None:
    """Return where a device stands, None for what is no part of the network's order (panels, power)."""
    kind = 0 if class_name in _ENDPOINTS else _KINDS.get(class_name)
    if class_name == "SANSwitch":
        kind = 1
    if kind is None:
        return None
    tier = next((tier for pattern, tier in _TIERS if pattern.search(words)), 0) if kind == 1 else 0
    return Standing(
        kind, tier, bool(_OUT_OF_BAND.search(words)), bool(_OUTSIDE.search(words)), class_name == "SANSwitch"
    )


def is_above(low: Standing | None, high: Standing | None) -> bool:
    """Tell whether roles prove that the first reaches the world through the second.

    Endpoint below switch, switch below firewall below router, and among switches access below distribution below
    core. Management networks, storage networks between switches, and switches outside the firewall prove nothing.
    """
    if low is None or high is None or low.out_of_band or high.out_of_band:
        return False
    if low.storage_network or (high.storage_network and low.kind != 0):
        return False
    if low.kind == high.kind:
        return low.kind == 1 and 0 < low.tier < high.tier
    if low.kind == 0:
        return high.kind == 1 or (high.kind > 1 and not high.outside)
    return low.kind < high.kind and not low.outside


def is_transfer_switch(words: str) -> bool:
    """Tell whether a power device changes over between its inputs, whatever its outlets say."""
    return re.search(r"\b(ats|sts)\b|transfer switch", words) is not None
