"""A guided look: the e-mail of a municipality, then an estate from NetBox, asked what breaks if.

`./run demo` runs it; `python examples/demo.py` does where the project is installed. It works in a folder of its own
that it removes, with the embedded store, and shows every command as you would type it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
CMDB = [sys.executable, "-c", "import sys; from frontends.cli.main import main; sys.argv[0] = 'cmdb'; main()"]

STEPS = [
    "# 1. The e-mail of Fjordvik kommune: 110 items, written by hand. Import it into a record of its own.",
    "cmdb import examples/email/email.yaml",
    "# One of four virtualisation hosts down: nothing breaks, the cluster needs three. But its reserve is gone.",
    "cmdb impact vert-n1",
    "# Two fibres, two companies, two ducts. And one media converter in the basement:",
    "cmdb impact mk-kjeller",
    "# What does the internet access stand on?",
    "cmdb needs internett --depth 2",
    "# Two changes, each harmless alone, on the same night:",
    "cmdb impact vert-n1 vert-s1",
    "# Which items bring services down all alone, although somebody paid for redundancy?",
    "cmdb spof --hidden --limit 5",
    "# How available is the e-mail, what does that figure rest on, and what would help most?",
    "cmdb availability --explain epost",
    "# Two teams ask for a change to a mail server each, half an hour apart. What do these do to each other?",
    "cmdb change new --file examples/change-management/01-mail-server-1.yaml",
    "cmdb change new --file examples/change-management/02-mail-server-2.yaml",
    "cmdb change submit 1",
    "cmdb change submit 2",
    "cmdb change conflicts",
    "# So how risky is the second, why, and who must say yes?",
    "cmdb change assess 2",
    "# Who said what, and when?",
    'cmdb item edit mk-kjeller --set "owner=Åse Bø" --message "she found it"',
    "cmdb history mk-kjeller",
    "# 2. Another estate, as NetBox tells it: racks, power, cables, a cluster. First only a look at what would happen.",
    "cmdb --store sqlite:///nordlys.db import --dry-run examples/netbox-demo/netbox.json",
    "cmdb --store sqlite:///nordlys.db import examples/netbox-demo/netbox.json",
    "# The same file again changes nothing.",
    "cmdb --store sqlite:///nordlys.db import examples/netbox-demo/netbox.json",
    "# One rack holds two of the cluster's three hosts.",
    "cmdb --store sqlite:///nordlys.db impact TRØ-R2",
]


def main() -> int:
    """Run every step; returns 0 when each of them did what it should."""
    quiet = "--quiet" in sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="cmdb-demo-") as folder:
        (Path(folder) / "examples").symlink_to(EXAMPLES, target_is_directory=True)
        environment = {**os.environ, "CMDB_STORE": "sqlite:///cmdb.db", "CMDB_CACHE_DIR": f"{folder}/cache"}
        for step in STEPS:
            if step.startswith("#"):
                print("\n" + textwrap.fill(step.removeprefix("# "), 100, initial_indent="── ", subsequent_indent="   "))
                continue
            print(f"\n$ {step}", flush=True)
            words = [*CMDB, *shlex.split(step)[1:]]
            done = subprocess.run(words, cwd=folder, env=environment, capture_output=quiet, check=False)
            # 4 means: done, and some rows are named that were not imported.
            failed += done.returncode not in (0, 4)
    print("\n── Your own: `cmdb import FILE`, then `cmdb impact ITEM`. The tutorial is docs/tutorial.md.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
