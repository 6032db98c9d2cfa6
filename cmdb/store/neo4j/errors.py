"""Every error of the driver and the server, turned into one of ours in one place.

Takes an exception of `neo4j.exceptions`, gives a CmdbError whose message ends in what to do. Each class of the
driver is named here, so that a new one is noticed by a test instead of by a user.
"""

from __future__ import annotations

from typing import Final

from neo4j import exceptions as driver

from cmdb.errors import CmdbError, EditRefused, SettingsError, StoreDamaged, StoreFull, StoreMoved, StoreUnavailable

__all__ = ["ADVICE", "is_memory_error", "may_pass", "translated"]

_Advice = tuple[type[CmdbError], str]
_UNREACHABLE: Final[_Advice] = (
    StoreUnavailable,
    "the server cannot be reached; see that it runs, and that host and port are those of its Bolt connector",
)
_LOST: Final[_Advice] = (StoreUnavailable, "the connection was lost; see that the server runs, then do it again")
_BUSY: Final[_Advice] = (StoreUnavailable, "the server could not do it just now; do it again")
_REFUSED: Final[_Advice] = (
    StoreUnavailable,
    "the server refused a statement of this program; it must be Neo4j 5.26 or newer, see: cmdb doctor",
)
_MISUSED: Final[_Advice] = (
    StoreUnavailable,
    "the driver was used in a way it does not allow; do it again, and report it when it stays",
)
_FAILED: Final[_Advice] = (
    StoreUnavailable,
    "the server failed; look into its log and at the room on its disk, then do it again",
)
_SETTINGS: Final[_Advice] = (
    SettingsError,
    "the connection cannot be set up like this; look at CMDB_STORE (or --store) and the NEO4J_ variables",
)
_AUTH: Final[_Advice] = (
    StoreUnavailable,
    "the server does not accept the user or the password; set NEO4J_USERNAME and NEO4J_PASSWORD",
)
_FORBIDDEN: Final[_Advice] = (
    StoreUnavailable,
    "the user may not do this; give NEO4J_USERNAME the right to read, write and make constraints",
)

ADVICE: Final[dict[type[driver.GqlError], _Advice]] = {
    driver.GqlError: _FAILED,
    driver.Neo4jError: _FAILED,
    driver.DatabaseError: _FAILED,
    driver.ClientError: _REFUSED,
    driver.CypherSyntaxError: _REFUSED,
    driver.CypherTypeError: _REFUSED,
    driver.ConstraintError: (
        StoreMoved,
        "the change does not fit what the database holds; read the record again and make it anew",
    ),
    driver.AuthError: _AUTH,
    driver.TokenExpired: _AUTH,
    driver.Forbidden: _FORBIDDEN,
    driver.TransientError: _BUSY,
    driver.DatabaseUnavailable: (StoreUnavailable, "the database is not up; start it, or wait until it has started"),
    driver.NotALeader: _BUSY,
    driver.ForbiddenOnReadOnlyDatabase: (
        StoreUnavailable,
        "the database takes no writes; make it writable, and look at the room on the server's disk",
    ),
    driver.DriverError: _MISUSED,
    driver.SessionError: _MISUSED,
    driver.TransactionError: _MISUSED,
    driver.TransactionNestingError: _MISUSED,
    driver.ResultError: _MISUSED,
    driver.ResultFailedError: _LOST,
    driver.ResultConsumedError: _MISUSED,
    driver.ResultNotSingleError: _MISUSED,
    driver.BrokenRecordError: _LOST,
    driver.SessionExpired: _LOST,
    driver.ServiceUnavailable: _UNREACHABLE,
    driver.RoutingServiceUnavailable: (
        StoreUnavailable,
        "no member of the cluster answers; for a single server write bolt:// instead of neo4j://",
    ),
    driver.WriteServiceUnavailable: (
        StoreUnavailable,
        "no member of the cluster takes writes; see that it has a leader",
    ),
    driver.ReadServiceUnavailable: (StoreUnavailable, "no member of the cluster answers; see that it runs"),
    driver.IncompleteCommit: (
        StoreUnavailable,
        "the connection was lost while a change was being kept, and nobody can tell if it was; look with: cmdb log",
    ),
    driver.ConfigurationError: _SETTINGS,
    driver.AuthConfigurationError: _SETTINGS,
    driver.CertificateConfigurationError: _SETTINGS,
    driver.UnsupportedServerProduct: (StoreUnavailable, "this is no Neo4j 5.26 or newer; name another server"),
    driver.ConnectionPoolError: _BUSY,
    driver.ConnectionAcquisitionTimeoutError: _BUSY,
}

_BY_CODE: Final[dict[str, _Advice]] = {
    "Neo.ClientError.Database.DatabaseNotFound": (
        StoreUnavailable,
        "the server has no database of that name; set NEO4J_DATABASE to one that it has",
    ),
    "Neo.ClientError.Security.AuthenticationRateLimit": (
        StoreUnavailable,
        "the password was wrong too often; wait a minute and set NEO4J_PASSWORD",
    ),
    "Neo.ClientError.Security.CredentialsExpired": (
        StoreUnavailable,
        "the password must be changed first; log in once with cypher-shell and change it",
    ),
    "Neo.ClientError.Transaction.TransactionTimedOut": (
        StoreUnavailable,
        "the server took too long; see what else it does, then do it again",
    ),
}
_TRUST = ("ssl", "certificate", "encrypted connection", "tls")
_TRUST_ADVICE: Final[_Advice] = (
    StoreUnavailable,
    "no encrypted connection could be made; bolt+s:// needs a server with TLS and a trusted certificate "
    "(bolt+ssc:// takes any), and a server without TLS needs bolt://",
)
_ONLY_TLS = ("did not return a valid bolt handshake", "connection reset", "closed connection", "bad handshake")
_ONLY_TLS_ADVICE: Final[_Advice] = (
    StoreUnavailable,
    "something answers there, but not Bolt in plain text; for a server that wants TLS write bolt+s://, "
    "and name the Bolt port (7687), not that of HTTP (7474)",
)


def is_memory_error(error: BaseException) -> bool:
    """Return whether the server ran out of memory for a transaction: doing the same again would fail again."""
    code = getattr(error, "code", None) or ""
    return isinstance(error, driver.Neo4jError) and "Memory" in code.rpartition(".")[2]


def may_pass(error: driver.GqlError) -> bool:
    """Return whether the same transaction may succeed when it is done again.

    A connection lost within a commit counts, for every transaction of ours finds out if it was done already.
    """
    if is_memory_error(error):
        return False
    if isinstance(error, driver.IncompleteCommit):
        return True
    return isinstance(error, driver.Neo4jError | driver.DriverError) and error.is_retryable()


def translated(error: driver.GqlError, address: str) -> CmdbError:
    """Return our error for one of the driver's; `address` is the URL without secrets."""
    kind, advice = _advice(error)
    said = " ".join(str(getattr(error, "message", None) or error).split())[:400]
    return kind(f"{address}: {advice} (Neo4j says: {said or type(error).__name__})")


def _advice(error: driver.GqlError) -> _Advice:
    if is_memory_error(error):
        return StoreFull, (
            "the server has too little memory even for small steps; "
            "give it more (server.memory.heap.max_size), the last whole revision stands"
        )
    said = str(error).lower()
    if isinstance(error, driver.Neo4jError):
        if (found := _BY_CODE.get(error.code or "")) is not None:
            return found
        if "too large to index" in said or "indexentrytoolarge" in said:
            return EditRefused, "a text is too long to be looked up by; make it shorter"
        if "no space left" in said:
            return StoreFull, "the server's disk is full; make room and do it again, the last whole revision stands"
    elif isinstance(error, driver.ServiceUnavailable) and not isinstance(error, driver.IncompleteCommit):
        causes = f"{said} {error.__cause__} {error.__context__}".lower()
        if any(word in causes for word in _TRUST):
            return _TRUST_ADVICE
        if any(word in causes for word in _ONLY_TLS):
            return _ONLY_TLS_ADVICE
    for kind in type(error).__mro__:
        if (found := ADVICE.get(kind)) is not None:
            return found
    return StoreDamaged, "an unknown error of the driver; run: cmdb doctor"
