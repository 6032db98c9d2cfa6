"""Where items lie in the server's files, for a while in which very many links are made.

Takes a connection, gives the element id of each item. Knowing it spares the server to look both ends up in an index,
under locks, for every link.
"""

from __future__ import annotations

from typing import Final

from cmdb.store.neo4j.actions import Action
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.statements import BY_PLACE

__all__ = ["are_worth_it", "by_place", "read_places"]

_MANY = 5_000
_ITEMS_A_LINK = 4  # reading where so many items lie takes as long as one link is made faster
_ID_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"  # with which a record id begins
_SLICE: Final = (
    "MATCH (n:CI) WHERE n.id STARTS WITH $letter RETURN collect(n.id) AS ids, collect(elementId(n)) AS places"
)


def are_worth_it(connection: Connection, links: int) -> bool:
    """Return whether so many links are made faster when the places of all items are read first."""
    if links < _MANY:
        return False
    items: int = connection.rows("MATCH (n:CI) RETURN count(n)")[0][0]
    return items < links * _ITEMS_A_LINK


def read_places(connection: Connection) -> dict[str, str]:
    """Return the element id of every item, by record id; in slices, by columns."""
    places: dict[str, str] = {}
    for letter in _ID_LETTERS:
        row = connection.rows(_SLICE, letter=letter)[0]
        places.update(zip(row["ids"], row["places"], strict=True))
    return places


def by_place(action: Action, places: dict[str, str]) -> Action:
    """Return the action that makes the same link by the places of its ends, or itself where they are not known."""
    found = BY_PLACE.get(action.statement)
    if found is None:
        return action
    text, ends = found
    known = [places.get(id_) for id_ in action.row[:ends]]
    return action if None in known else action._replace(statement=text, row=(*known, *action.row[ends:]))
