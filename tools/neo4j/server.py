#!/usr/bin/env python3
"""A real Neo4j server without Docker, for tests, benchmarks and trying things out.

In: java, mvn and the pinned version of pom.xml beside this file. Out: a Community server on a free port of 127.0.0.1.

    python3 tools/neo4j/server.py start [--auth] [--memory 1g] [--home DIR] [--port N]
    python3 tools/neo4j/server.py status | stop [--erase] | fetch

The jars are downloaded once into a cache outside the repository (CMDB_NEO4J_CACHE, else the user's cache folder).
Standard library only, so that it runs before anything is installed. Tests load this file and use `Neo4jServer`.
Neo4j Community is GPL-3: it runs as a separate program, and nothing of it is imported or shipped.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))  # for those who load this file by its path

from artifacts import Unavailable, cache_folder, fetch, java, version

USER = "neo4j"
_STATE = "cmdb-server.json"  # in the home: process, port and password, for a later command and for a restart
_BOLT_HELLO = bytes.fromhex("6060b017" + "00040405" + "00000404" + "00000000" + "00000000")  # 5.0 to 5.4, or 4.4
_QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # a third less processor time for a short life


class ServerError(Exception):
    """The server did not start or stop as asked; the message ends in its last log lines."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on.

    It is chosen below the ephemeral range: while a killed server is down, a client that keeps trying could
    otherwise be given this very port as its own end, connect to itself and keep the server from coming back.
    """
    for _ in range(200):
        port = random.SystemRandom().randint(17_000, 31_999)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerError("no free port between 17000 and 31999 on 127.0.0.1; name one with --port")


class Neo4jServer:
    """One server in one home folder; it can be stopped, killed and started again on the same data and port.

    Without `home` a temporary one is made, and erased by `stop`. With `guarded` (the default) the server ends
    when this process does, however it ends. `memory` is the heap's upper bound in Java's notation, such as 512m.
    `quick` trades the speed of long runs for a cheaper start: for tests, never for benchmarks.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        auth: bool = False,
        memory: str = "1g",
        port: int | None = None,
        guarded: bool = True,
        quick: bool = False,
    ) -> None:
        if not re.fullmatch(r"\d+[kmgKMG]", memory):
            raise ServerError(f"memory {memory!r} is not a size Java knows; write it like 512m or 1g")
        self._temporary = home is None
        self.home = Path(home or tempfile.mkdtemp(prefix="cmdb-neo4j-")).resolve()
        self.memory = memory
        self.guarded = guarded
        self._jvm = _QUICK if quick else ()
        self._fixed_port = port is not None
        self.port = port or free_port()
        known = _remembered(self.home).get("password")
        self.password = (str(known) if known else secrets.token_urlsafe(12)) if auth else None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        if guarded:
            atexit.register(self.stop)

    @property
    def uri(self) -> str:
        """The address a driver connects to."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def auth(self) -> tuple[str, str] | None:
        """User and password, or None when the server asks for none."""
        return (USER, self.password) if self.password else None

    @property
    def pid(self) -> int | None:
        """The process id of the running server, or None."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        pid = _remembered(self.home).get("pid")
        return pid if isinstance(pid, int) and _is_ours(pid, self.home) else None

    def start(self, timeout: float = 120.0) -> Neo4jServer:
        """Start, and return once the server answers on Bolt and its databases are up (seconds: `timeout`)."""
        if self.pid is not None:
            return self
        lib, program = fetch(), java()
        for attempt in range(5):
            self._prepare(program, lib)
            self._launch(program, lib)
            try:
                self._wait(timeout)
            except ServerError as problem:
                self.kill()
                # Between choosing a free port and listening on it another program may have taken it.
                if attempt == 4 or self._fixed_port or "Address already in use" not in str(problem):
                    raise
                self.port = free_port()
            else:
                break
        self._fixed_port = True  # clients know this address from now on
        return self

    def stop(self, timeout: float = 30.0) -> None:
        """Stop cleanly (SIGTERM, after `timeout` seconds SIGKILL) and erase the home when it is a temporary one."""
        self._end(signal.SIGTERM, timeout)
        if self._temporary:
            shutil.rmtree(self.home, ignore_errors=True)

    def kill(self) -> None:
        """Kill as a crash would (SIGKILL); the data stay, and `start` brings the server back on the same port."""
        self._end(signal.SIGKILL, 30.0)

    def log_tail(self, lines: int = 15) -> str:
        """Return the last lines the server printed."""
        with contextlib.suppress(OSError):
            return "\n".join(self._console.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        return "(no log)"

    def __enter__(self) -> Neo4jServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _console(self) -> Path:
        return self.home / "logs" / "console.log"

    def _prepare(self, program: str, lib: Path) -> None:
        for name in ("conf", "data", "logs", "plugins", "import"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        settings = {
            "server.default_listen_address": "127.0.0.1",
            "server.bolt.listen_address": f"127.0.0.1:{self.port}",
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "dbms.security.auth_enabled": "true" if self.password else "false",
            "dbms.usage_report.enabled": "false",
            "server.memory.pagecache.size": "256m",
            # By default the server idles for ten seconds after its databases are closed.
            "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
        }
        text = "".join(f"{key}={value}\n" for key, value in settings.items())
        (self.home / "conf" / "neo4j.conf").write_text(text, encoding="utf-8")
        if self.password is None:
            return
        first_time = not (self.home / "data" / "databases" / "system").exists()
        if not first_time and not _remembered(self.home).get("password"):
            raise ServerError(f"{self.home} was first started without a password; erase it, or name another --home")
        if first_time:
            command = [program, "-cp", f"{lib}/*", "org.neo4j.server.startup.Neo4jAdminCommand"]
            environment = {**os.environ, "NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")}
            done = subprocess.run(
                [*command, "dbms", "set-initial-password", self.password],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                raise ServerError(f"the first password could not be set:\n{done.stdout}{done.stderr}")

    def _launch(self, program: str, lib: Path) -> None:
        opens = [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch")]
        heap = ["-Xms128m", f"-Xmx{self.memory}", "-Dlog4j2.disable.jmx=true", *self._jvm]
        entry = ["org.neo4j.server.CommunityEntryPoint", f"--home-dir={self.home}"]
        with self._console.open("wb") as log:
            self._process = subprocess.Popen(
                [program, *heap, *opens, "-cp", f"{lib}/*", *entry, f"--config-dir={self.home}/conf", "--console-mode"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in a terminal is for us; we then stop the server cleanly
            )
        pid = self._process.pid
        if self.guarded:
            # The shell waits for the end of a pipe that only this process holds open: it ends when we end,
            # by SIGKILL too, and then takes the server along.
            script = f"cat >/dev/null; kill -TERM {pid}; sleep 10; kill -KILL {pid}"
            self._guard = subprocess.Popen(
                ["sh", "-c", script], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
        remember = {"pid": pid, "port": self.port, "password": self.password}
        state = self.home / _STATE
        state.touch(mode=0o600)
        state.write_text(json.dumps(remember), encoding="utf-8")

    def _wait(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process is not None and (code := self._process.poll()) is not None:
                raise ServerError(f"Neo4j ended with exit code {code} while starting:\n{self.log_tail()}")
            if "Started." in self.log_tail(50) and answers_bolt(self.port):
                return
            time.sleep(0.1)
        raise ServerError(f"Neo4j did not answer at {self.uri} within {timeout:.0f} s:\n{self.log_tail()}")

    def _end(self, how: signal.Signals, timeout: float) -> None:
        if self._guard is not None:  # first, lest it kill a stranger who is given the same process id
            self._guard.kill()
            self._guard.wait()
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard = None
        pid = self.pid
        if pid is not None:
            os.kill(pid, how)
            if not self._gone(pid, timeout):
                os.kill(pid, signal.SIGKILL)
                self._gone(pid, 30.0)
        self._process = None

    def _gone(self, pid: int, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._process.poll() is not None if self._process else not _is_ours(pid, self.home):
                return True
            time.sleep(0.02)
        return False


def answers_bolt(port: int) -> bool:
    """Tell whether a Bolt server answers the opening handshake on this port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(_BOLT_HELLO)
        agreed = connection.recv(4)
        return len(agreed) == 4 and agreed != b"\0\0\0\0"
    return False


def _remembered(home: Path) -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError):
        state = json.loads((home / _STATE).read_text(encoding="utf-8"))
        return state if isinstance(state, dict) else {}
    return {}


def _is_ours(pid: int, home: Path) -> bool:
    """Tell whether the process is the server of this home, not a stranger who was given its old id."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return f"--home-dir={home}" in proc.read_bytes().decode(errors="replace").split("\0")
        return False
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return f"--home-dir={home}" in shown.stdout


def _describe(server: Neo4jServer) -> str:
    lines = [f"Neo4j {version()} is running, process {server.pid}, home {server.home}", ""]
    if server.auth:
        lines += [f"  export NEO4J_USERNAME={server.auth[0]} NEO4J_PASSWORD={server.auth[1]}"]
    return "\n".join([*lines, f"  export CMDB_STORE={server.uri}", "", "Stop it with the command `stop`."])


def _attach(home: Path) -> Neo4jServer | None:
    """Return the server that an earlier `start` left running in this home, or None."""
    state = _remembered(home)
    if not isinstance(port := state.get("port"), int):
        return None
    server = Neo4jServer(home, auth=bool(state.get("password")), port=port, guarded=False)
    return server if server.pid is not None else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; exit 0 when done, 1 when it could not be, 3 when `status` finds nothing running."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", type=Path, default=cache_folder() / "neo4j-home", help="where the data live")
    parser = argparse.ArgumentParser(description="A real Neo4j server without Docker, on this machine only.")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", parents=[shared], help="start in the background and print how to use it")
    start.add_argument("--auth", action="store_true", help="ask for a password (one is made and printed)")
    start.add_argument("--memory", default="1g", help="the heap's upper bound, such as 512m (default 1g)")
    start.add_argument("--port", type=int, help="the Bolt port (default: a free one)")
    stop = commands.add_parser("stop", parents=[shared], help="stop the server")
    stop.add_argument("--erase", action="store_true", help="erase its data too")
    commands.add_parser("status", parents=[shared], help="say whether it runs, and where")
    commands.add_parser("fetch", help="only download the jars into the cache")
    chosen = parser.parse_args(arguments)
    try:
        return _run(chosen)
    except (Unavailable, ServerError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1


def _run(chosen: argparse.Namespace) -> int:
    if chosen.command == "fetch":
        print(f"Neo4j {version()} is in {fetch()}")
        return 0
    running = _attach(chosen.home)
    if chosen.command == "start":
        server = running or Neo4jServer(
            chosen.home, auth=chosen.auth, memory=chosen.memory, port=chosen.port, guarded=False
        )
        print(_describe(server.start()))
        return 0
    if chosen.command == "status":
        print(_describe(running) if running else f"no Neo4j is running in {chosen.home}")
        return 0 if running else 3
    if running:
        running.stop()
    print(f"stopped {running.uri}" if running else f"no Neo4j was running in {chosen.home}")
    if chosen.erase and (chosen.home / _STATE).exists():  # only ever a home of ours
        shutil.rmtree(chosen.home)
        print(f"erased {chosen.home}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
