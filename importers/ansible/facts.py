"""Facts that Ansible gathered of a host: what the machine says of itself.

In comes a mapping of facts; out goes an item. The names have `ansible_` before them in a fact cache and in the answer
of `setup`, and not in collected `ansible_facts`.
"""

from __future__ import annotations

from typing import Any, Final

from importers.gathering import Gatherer
from importers.reading import SourceFile

__all__ = ["FACT_FIELDS", "take_facts"]

FACT_FIELDS: Final = ("ansible_hostname", "ansible_fqdn", "ansible_distribution", "ansible_all_ipv4_addresses")
_JUNK: Final = frozenset(["", "na", "n/a", "none", "not specified", "to be filled by o.e.m.", "0", "unknown"])


def take_facts(gathered: Gatherer, source: SourceFile, told: dict[str, Any]) -> None:
    """Take the facts of one host; the file, or its name in the inventory, is called after the host."""
    inside = told.get("ansible_facts")
    facts = inside if isinstance(inside, dict) else told

    def fact(name: str) -> Any:
        return facts.get(f"ansible_{name}", facts.get(name))

    name = fact("inventory_hostname") or told.get("inventory_hostname") or fact("fqdn") or fact("hostname")
    if not isinstance(name, str) or not name.strip():
        gathered.builder.refuse_unidentified(1, "these facts tell neither fqdn nor hostname: whose are they?")
        return
    guest = fact("virtualization_role") == "guest" and fact("virtualization_type") not in ("docker", "container", "lxc")
    network = fact("default_ipv4")
    values: dict[str, Any] = {
        "fqdn": fact("fqdn") if "." in str(fact("fqdn") or "") else None,
        "ip": network.get("address") if isinstance(network, dict) else None,
        "mac": network.get("macaddress") if isinstance(network, dict) else None,
        "manufacturer": _real(fact("system_vendor")),
        "model": _real(fact("product_name")),
        "serial_number": _real(fact("product_serial")),
        "attributes": {
            key: value
            for key in ("distribution", "distribution_version", "kernel", "architecture", "processor_vcpus",
                        "memtotal_mb", "virtualization_type", "product_uuid")
            if (value := fact(key)) not in (None, "", "NA")
        },
    }  # fmt: skip
    gathered.item(1, name.strip(), "VirtualMachine" if guest else "Server", str(fact("hostname") or name), values)


def _real(value: Any) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return None if text.lower() in _JUNK else text
