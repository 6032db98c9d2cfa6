"""Nmap scans: hosts, addresses, ports, certainty of guesses; hostile and cut files; every real scan."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import FileProblem
from importers.nmap import importer
from importers.reading import open_source
from importers.registry import ReadOptions

END = '<runstats><finished time="1" exit="success"/></runstats></nmaprun>'
SCAN = f"""<?xml version="1.0"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -oX x">
<host><status state="up"/>
 <address addr="192.0.2.7" addrtype="ipv4"/><address addr="00:11:22:33:44:55" addrtype="mac" vendor="Dell"/>
 <hostnames><hostname name="typed" type="user"/><hostname name="db.example.com" type="PTR"/></hostnames>
 <ports>
  <port protocol="tcp" portid="5432"><state state="open"/>
   <service name="postgresql" product="PostgreSQL DB" version="15" method="probed"/></port>
  <port protocol="tcp" portid="80"><state state="open"/><service name="http" method="table"/></port>
  <port protocol="udp" portid="9"><state state="closed"/></port>
  <port protocol="udp" portid="53"><state state="open"/></port>
 </ports>
 <os><osmatch name="Linux 6" accuracy="97"><osclass type="router" accuracy="97"/></osmatch></os>
</host>
<host><status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/>
 <os><osmatch name="IOS" accuracy="100"><osclass type="switch"/></osmatch></os></host>
<host><status state="down"/><address addr="192.0.2.9" addrtype="ipv4"/></host>
<host><status state="up"/></host>
{END}
"""


def test_a_scan_is_hosts_and_what_listens_on_them(read_files: Callable[..., Any]) -> None:
    """A class is taken from what was probed or matched for certain, never from a port's number or a likely match."""
    batch = read_files("nmap", {"s.xml": SCAN})
    assert batch.items == {
        "192.0.2.7": ("Computer", "db.example.com", {
            "ip": "192.0.2.7", "mac": "00:11:22:33:44:55", "manufacturer": "Dell", "fqdn": "db.example.com",
            "attributes": {"os": "Linux 6", "os_accuracy": "97"}}),
        "192.0.2.7/tcp/5432": ("DatabaseInstance", "postgresql on 192.0.2.7", {"attributes": {
            "product": "PostgreSQL DB", "version": "15", "port": "5432", "protocol": "tcp", "name_from": "probe"}}),
        "192.0.2.7/tcp/80": ("Application", "http on 192.0.2.7", {"attributes": {
            "port": "80", "protocol": "tcp", "name_from": "port number"}}),
        "192.0.2.7/udp/53": ("Application", "udp 53 on 192.0.2.7", {"attributes": {
            "port": "53", "protocol": "udp", "name_from": "port number"}}),
        "192.0.2.1": ("Switch", "192.0.2.1", {
            "ip": "192.0.2.1", "attributes": {"os": "IOS", "os_accuracy": "100"}}),
    }  # fmt: skip
    assert batch.links == {(f"192.0.2.7/{port}", "runs_on", "192.0.2.7") for port in ("tcp/5432", "tcp/80", "udp/53")}
    assert batch.refused == [(19, "this host has no address: nothing tells it from others")]
    assert "1 hosts that did not answer: skipped" in batch.notes
    assert batch.batch.cut is None


@pytest.mark.parametrize("end", ["</nmaprun>", END.replace("success", "error"), "<runstats></runstats></nmaprun>"])
def test_a_scan_that_did_not_finish_is_partial(read_files: Callable[..., Any], end: str) -> None:
    """Hosts that it did not come to are not missing."""
    assert "did not run to its end" in read_files("nmap", {"s.xml": SCAN.replace(END, end)}).batch.cut


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SCAN[:900], "cut off"),
        ('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><nmaprun>&e;</nmaprun>', "entities are refused"),
        ('<!DOCTYPE a [<!ENTITY e "aaaa">]><nmaprun/>', "entities are refused"),
        ("<other/>", "no scan"),
    ],
)
def test_hostile_and_cut_files_are_refused_whole(read_files: Callable[..., Any], text: str, message: str) -> None:
    """Nothing outside the file is read, and half a scan is none."""
    with pytest.raises(FileProblem, match=message):
        read_files("nmap", {"s.xml": text})


def test_the_same_scan_twice_changes_nothing(read_files: Callable[..., Any], imports_once: Callable[..., Any]) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    assert imports_once([read_files("nmap", {"s.xml": SCAN}).batch])["counts"]["created"] == 5


@pytest.mark.shared
def test_every_real_scan(shared_data: Path, told: Callable[..., Any]) -> None:
    """Hosts that are up and their open ports agree with a plain reading of the XML; the attack is refused."""
    read_whole = 0
    for path in sorted((shared_data / "nmap").glob("*.xml")):
        if path.name.startswith("defused"):
            with pytest.raises(FileProblem):
                importer.read([open_source(path)], ReadOptions())
            continue
        root = ET.parse(path).getroot()
        up = [host for host in root.iter("host") if host.find("status").get("state") == "up"]  # type: ignore[union-attr]
        ports = sum(port.find("state").get("state") == "open" for host in up for port in host.iter("port"))  # type: ignore[union-attr]
        [batch] = importer.read([open_source(path)], ReadOptions())
        read = told(batch)
        assert len(read.links) == ports
        assert len(read.items) == len(up) + ports
        read_whole += 1
    assert read_whole == 24
