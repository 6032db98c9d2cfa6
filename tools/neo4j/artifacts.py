"""The Neo4j jars: pinned in pom.xml beside this file, downloaded once by Maven, kept outside the repository.

In: the version in pom.xml, the CMDB_NEO4J_CACHE variable, java and mvn on the PATH. Out: a folder of jars.
Knows nothing of running a server. Standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
INSTALL = "apt-get install openjdk-17-jre-headless maven"


class Unavailable(Exception):
    """Neo4j cannot be had on this machine (no java, no mvn, no download); the message says what to install."""


def version() -> str:
    """Return the pinned Neo4j version, read from pom.xml so that it stands in one place."""
    found = re.search(r"<artifactId>neo4j</artifactId>\s*<version>([^<]+)<", POM.read_text(encoding="utf-8"))
    if found is None:
        raise Unavailable(f"{POM} names no version of org.neo4j:neo4j; restore it from the repository")
    return found[1]


def cache_folder() -> Path:
    """Return the folder that keeps the jars: CMDB_NEO4J_CACHE, else cmdb/ in the user's cache folder."""
    if own := os.environ.get("CMDB_NEO4J_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cmdb"


def java() -> str:
    """Return the path of a java that can run Neo4j 5.26, or raise Unavailable."""
    found = shutil.which("java")
    if found is None:
        raise Unavailable(f"no `java` on the PATH; install it: {INSTALL}")
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    major = re.search(r'version "(\d+)', said)
    if major is None or int(major[1]) < 17:
        first = said.strip().splitlines()[:1]
        raise Unavailable(f"Neo4j needs Java 17 or newer, `java -version` says {first}; install it: {INSTALL}")
    return found


def fetch() -> Path:
    """Return the folder of jars, downloading them first when the cache has none.

    They arrive in a temporary folder that is renamed when whole, so a cut download is never used;
    a lock lets one process download while the others wait.
    """
    lib = cache_folder() / f"neo4j-{version()}" / "lib"
    if lib.is_dir():
        return lib
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable(f"no `mvn` on the PATH to download Neo4j with; install it: {INSTALL}")
    try:
        lib.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Unavailable(f"no folder to keep Neo4j in ({problem}); name one in CMDB_NEO4J_CACHE") from problem
    with _locked(lib.parent / "download.lock"):
        if lib.is_dir():
            return lib
        for left in lib.parent.glob("part-*"):  # what a killed download left behind; the lock is ours
            shutil.rmtree(left, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix="part-", dir=lib.parent))
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={part}"]
        done = subprocess.run([maven, "-B", "-q", "-f", str(POM), *goal], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(part, ignore_errors=True)
            tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
            raise Unavailable(f"Maven could not download Neo4j {version()}; is the network there?\n{tail}")
        part.chmod(0o755)
        part.rename(lib)
    return lib


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
