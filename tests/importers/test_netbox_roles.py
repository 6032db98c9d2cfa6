"""Roles in the words of a site: classes, and who is nearer the rest of the world."""

from __future__ import annotations

import pytest

from cmdb.catalogue import load_catalogue
from importers.netbox.roles import class_of_words, is_above, plain_words, standing


@pytest.mark.parametrize(
    ("role", "class_name"),
    [
        ("ToR Switch", "Switch"),
        ("Application Server", "Server"),
        ("Kjernesvitsj", "Switch"),
        ("Brannmur", "Firewall"),
        ("edge-router", "Router"),
        ("rack_pdu", "PDU"),
        ("UPS", "UPS"),
        ("Patch Panel", "NetworkDevice"),
        ("SAN Switch", "SANSwitch"),
        ("Storage array", "StorageArray"),
        ("ESXi host", "Hypervisor"),
        ("Wireless AP", "AccessPoint"),
        ("Load-Balancer", "LoadBalancer"),
        ("Startups", None),
        ("Diverse", None),
    ],
)
def test_a_role_names_a_class_of_the_catalogue(role: str, class_name: str | None) -> None:
    """Keywords are whole words where they are short, and parts of words where compounds are usual."""
    found = class_of_words(plain_words(role))

    assert found == class_name
    assert found is None or found in load_catalogue().classes


@pytest.mark.parametrize(
    ("low", "high", "proved"),
    [
        ("access switch", "core switch", True),
        ("tor switch", "router", True),
        ("server", "access switch", True),
        ("core switch", "firewall", True),
        ("firewall", "router", True),
        ("core switch", "access switch", False),
        ("router", "router", False),
        ("switch", "core switch", False),
        ("wan switch", "firewall", False),
        ("server", "mgmt switch", False),
        ("pdu", "access switch", False),
        ("storage array", "san switch", True),
    ],
)
def test_roles_prove_a_direction_or_nothing(low: str, high: str, proved: bool) -> None:
    """What a role does not say is left open rather than guessed."""
    below, above = (standing(class_of_words(words) or "Hardware", words) for words in (low, high))

    assert is_above(below, above) is proved
