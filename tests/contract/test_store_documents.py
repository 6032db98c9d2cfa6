"""What is put into a store comes out of it: documents by kind and key, and what they show by columns."""

from __future__ import annotations

from types import ModuleType

from cmdb.model import KINDS, encode_claims
from cmdb.model.claim import Absent, EdgeClaim, ItemClaim
from cmdb.store import RecordColumns, Store


def test_an_empty_record_shows_nothing(store: Store, estates: ModuleType) -> None:
    """Revision 0 is there from the start and holds no document."""
    with store.view() as view:
        assert view.revision.number == 0
        assert estates.held_by(view) == {"item": {}, "relationship": {}, "pool": {}}
        assert view.columns() == RecordColumns(*([] for _ in RecordColumns._fields))


def test_documents_come_back_byte_for_byte_and_sorted(store: Store, estates: ModuleType) -> None:
    """A store keeps documents as they are and gives them in the order of their keys."""
    estates.commit(store, estates.created(*estates.shop()))

    with store.view() as view:
        given = {kind: list(view.documents(kind)) for kind in KINDS}

    assert {kind: dict(pairs) for kind, pairs in given.items()} == estates.holding(*estates.shop())
    for pairs in given.values():
        assert pairs == sorted(pairs)


def test_columns_are_what_the_documents_show(store: Store, estates: ModuleType) -> None:
    """The columns hold one row an entity, sorted by key, values as canonical JSON."""
    shop, web = estates.item("shop", "The shop", "Service", users=7), estates.item("web", status="maintenance")
    entities = [
        shop,
        web,
        estates.relationship("shop", "runs_on", "web"),
        estates.relationship("shop", "depends_on", "web", "cable 7", standby=True),
        estates.pool("shop", "p", need=1),
    ]
    estates.commit(store, estates.created(*entities))

    with store.view() as view:
        columns = view.columns()

    assert (shop.key > web.key) is True  # so the rows below are in the order of the keys
    assert columns == RecordColumns(
        item_ids=[web.key, shop.key],
        item_classes=["Server", "Service"],
        item_names=["web", "The shop"],
        item_statuses=["maintenance", "operational"],
        item_shown=[
            b'{"external_ids":{"acme":["web"]},"values":{}}',
            b'{"external_ids":{"acme":["shop"]},"values":{"users":7}}',
        ],
        relationship_from=[shop.key, shop.key],
        relationship_types=["depends_on", "runs_on"],
        relationship_to=[web.key, web.key],
        relationship_keys=["cable 7", ""],
        relationship_shown=[b'{"standby":true}', None],
        pool_consumers=[shop.key],
        pool_names=["p"],
        pool_shown=[b'{"need":1}'],
    )


def test_columns_follow_an_update(store: Store, estates: ModuleType) -> None:
    """What is shown is worked out anew when a document changes."""
    before, after = estates.item("web", "web"), estates.item("web", "Web", "Database", status="retired")
    estates.commit(store, estates.created(before))
    estates.commit(store, estates.changed(before, after))

    with store.view() as view:
        columns = view.columns()

    assert (columns.item_classes, columns.item_names, columns.item_statuses) == (["Database"], ["Web"], ["retired"])


def test_an_item_that_no_source_upholds_is_shown_missing(store: Store, estates: ModuleType) -> None:
    """The shown status comes from the merge of the claims, not from a value alone."""
    claim = ItemClaim("acme", "", "web", "Server", "web", {}, "d", absent=Absent("2026-01-01", "missing"))
    missing = estates.Entity("item", estates.id_of("web"), encode_claims([claim]))
    estates.commit(store, estates.created(missing))

    with store.view() as view:
        assert view.columns().item_statuses == ["missing"]


def test_what_is_denied_by_hand_has_a_document_but_no_row(store: Store, estates: ModuleType) -> None:
    """A denied relationship or pool is kept, so that the denial stands, and is shown to no analysis."""
    a, b = estates.item("a"), estates.item("b")
    link, pool = estates.relationship("a", "runs_on", "b", denied=True), estates.pool("a", "p", denied=True)
    estates.commit(store, estates.created(a, b, link, pool))

    with store.view() as view:
        columns = view.columns()

    assert (columns.relationship_keys, columns.pool_names) == ([], [])
    assert estates.contents(store) == estates.holding(a, b, link, pool)


def test_a_denial_can_be_taken_back(store: Store, estates: ModuleType) -> None:
    """A relationship that is denied and then is not comes back into the columns."""
    ends = estates.item("a"), estates.item("b")
    denied = estates.relationship("a", "runs_on", "b", denied=True)
    stated = estates.relationship("a", "runs_on", "b", standby=True)
    estates.commit(store, estates.created(*ends, stated))
    estates.commit(store, estates.changed(stated, denied))
    with store.view() as view:
        assert view.columns().relationship_from == []

    estates.commit(store, estates.changed(denied, stated))

    with store.view() as view:
        assert view.columns().relationship_shown == [b'{"standby":true}']


def test_get_gives_the_documents_that_exist(store: Store, estates: ModuleType) -> None:
    """A key that names nothing is left out, whatever it looks like."""
    entities = estates.shop()
    estates.commit(store, estates.created(*entities))
    held = estates.holding(*entities)

    with store.view() as view:
        for kind in KINDS:
            assert view.get(kind, [*held[kind], "nothing of ours", "", "a b c d e"]) == held[kind]
            assert view.get(kind, []) == {}


def test_touching_gives_all_that_hangs_on_items(store: Store, estates: ModuleType) -> None:
    """Relationships with either end among the items, and their pools; others are left out."""
    entities = estates.shop()
    estates.commit(store, estates.created(*entities))
    held = estates.holding(*entities)

    with store.view() as view:
        on_web1 = view.touching([estates.id_of("web1")])
        on_shop = view.touching([estates.id_of("shop"), estates.id_of("nobody")])
        on_nothing = view.touching([])

    web1 = {key: document for key, document in held["relationship"].items() if estates.id_of("web1") in key}
    shop = {key: document for key, document in held["relationship"].items() if estates.id_of("shop") in key}
    assert (len(web1), len(shop)) == (2, 2)
    assert on_web1 == {"relationship": web1, "pool": {}}
    assert on_shop == {"relationship": shop, "pool": held["pool"]}
    assert on_nothing == {"relationship": {}, "pool": {}}


def test_touching_takes_any_number_of_items(store: Store, estates: ModuleType) -> None:
    """Thousands of ids in one question are no more than many."""
    entities = estates.shop()
    estates.commit(store, estates.created(*entities))
    held = estates.holding(*entities)

    with store.view() as view:
        found = view.touching([*held["item"], *(estates.id_of(f"nobody{number}") for number in range(3000))])

    assert found == {"relationship": held["relationship"], "pool": held["pool"]}


def test_a_link_of_an_item_to_itself_is_one_relationship(store: Store, estates: ModuleType) -> None:
    """Both ends are the same item, and it is found once."""
    a, loop = estates.item("a"), estates.relationship("a", "connects_to", "a")
    estates.commit(store, estates.created(a, loop))

    with store.view() as view:
        assert view.touching([a.key])["relationship"] == {loop.key: loop.document}


def test_parallel_links_are_told_apart_by_their_key(store: Store, estates: ModuleType) -> None:
    """Two relationships of one type between the same items live and go one by one."""
    ends = estates.item("a"), estates.item("b")
    one, two = (estates.relationship("a", "connects_to", "b", key) for key in ("cable 1", "cable 2"))
    estates.commit(store, estates.created(*ends, one, two))
    estates.commit(store, estates.removed(one))

    assert estates.contents(store) == estates.holding(*ends, two)


def test_the_claims_of_two_sources_are_one_document(store: Store, estates: ModuleType) -> None:
    """A relationship that two sources claim shows the union of their pools."""
    ends = estates.item("a"), estates.item("b")
    claims = [EdgeClaim("acme", "", {"pools": ["web"]}, "1"), EdgeClaim("other", "", {"pools": ["quorum"]}, "2")]
    link = estates.relationship("a", "runs_on", "b")._replace(document=encode_claims(claims))
    estates.commit(store, estates.created(*ends, link))

    with store.view() as view:
        assert view.columns().relationship_shown == [b'{"pools":["quorum","web"]}']


def test_classes_that_no_catalogue_knows_are_kept(store: Store, estates: ModuleType) -> None:
    """What a class or a type means is not the store's affair."""
    a, b = estates.item("a", class_="Kaffemaskin"), estates.item("b", class_="Unheard")
    link = estates.relationship("a", "brews_for", "b")
    estates.commit(store, estates.created(a, b, link))

    with store.view() as view:
        columns = view.columns()

    assert sorted(columns.item_classes) == ["Kaffemaskin", "Unheard"]
    assert columns.relationship_types == ["brews_for"]
