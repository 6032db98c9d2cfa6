"""What must hold for every catalogue: the rule found is the most specific one, doubt is refused, nothing crashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cmdb.catalogue import Catalogue, Rule, load_catalogue
from cmdb.catalogue.words import normal
from cmdb.errors import CatalogueError

SHIPPED = load_catalogue()


def best_rules(catalogue: Catalogue, type_name: str, from_class: str, to_class: str) -> list[Rule]:
    """All applicable rules of the greatest specificity, found by trying every rule."""
    fitting = [
        (len(catalogue.ancestors(rule.from_class)) + len(catalogue.ancestors(rule.to_class)), rule)
        for rule in catalogue.types[type_name].rules
        if catalogue.is_a(from_class, rule.from_class) and catalogue.is_a(to_class, rule.to_class)
    ]
    deepest = max((depth for depth, _ in fitting), default=0)
    return [rule for depth, rule in fitting if depth == deepest]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SHIPPED.types)),
    st.sampled_from([*sorted(SHIPPED.classes), "LostClass"]),
    st.sampled_from([*sorted(SHIPPED.classes), "LostClass"]),
)
@example("contains", "Hypervisor", "Rack")
@example("owned_by", "LBPool", "Team")
def test_the_rule_found_is_the_most_specific_one(type_name: str, from_class: str, to_class: str) -> None:
    """Every lookup equals a search through all rules, and all that tie for the first place say the same."""
    best = best_rules(SHIPPED, type_name, from_class, to_class)

    found = SHIPPED.rule_for(type_name, from_class, to_class)

    assert found in best if best else found is None
    assert len({rule.effect for rule in best}) <= 1
    assert SHIPPED.rule_for(type_name, from_class, to_class) is found


@st.composite
def site_files(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[tuple[str, str, str, str]]]:
    """A random tree of classes below the root, and random rules of one type."""
    classes: list[tuple[str, str]] = []
    for number in range(draw(st.integers(1, 8))):
        parents = ["ConfigurationItem", *(name for name, _ in classes)]
        classes.append((f"C{number}", draw(st.sampled_from(parents))))
    names = st.sampled_from(["ConfigurationItem", *(name for name, _ in classes)])
    rules = draw(
        st.lists(
            st.tuples(names, names, st.sampled_from(["from", "to"]), st.sampled_from(["hard", "soft"])),
            max_size=6,
            unique_by=lambda rule: rule[:2],
        )
    )
    return classes, rules


def doubtful_pairs(classes: list[tuple[str, str]], rules: list[tuple[str, str, str, str]]) -> Iterator[tuple[str, str]]:
    """Pairs of classes for which two of the most specific rules say different things."""
    parent = dict(classes)

    def lineage(name: str) -> list[str]:
        above = [name]
        while above[-1] in parent:
            above.append(parent[above[-1]])
        return above

    everything = ["ConfigurationItem", *parent]
    for from_class in everything:
        for to_class in everything:
            fitting = [
                (len(lineage(rule[0])) + len(lineage(rule[1])), rule[2:])
                for rule in rules
                if rule[0] in lineage(from_class) and rule[1] in lineage(to_class)
            ]
            deepest = max((depth for depth, _ in fitting), default=0)
            if len({effect for depth, effect in fitting if depth == deepest}) > 1:
                yield from_class, to_class


@settings(max_examples=150, deadline=None)
@given(site_files())
def test_a_file_is_refused_exactly_when_its_rules_leave_a_doubt(
    file: tuple[list[tuple[str, str]], list[tuple[str, str, str, str]]],
) -> None:
    """Ambiguity is found when the file is loaded, whatever the tree; otherwise the most specific rule is found."""
    classes, rules = file
    lines = ["catalogue: 1", "classes:", *(f"  {name}: {{parent: {parent}}}" for name, parent in classes)]
    lines += ["types:", "  wets:", "    inverse: wet by", "    rules:"]
    lines += [f"      - {{from: {a}, to: {b}, consumer: {end}, impact: {impact}}}" for a, b, end, impact in rules]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "site.yaml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        catalogue = outcome(path)

    doubts = list(doubtful_pairs(classes, rules))
    if isinstance(catalogue, CatalogueError):
        assert "equally well" in str(catalogue)
        assert doubts != []
        return
    assert doubts == []
    for from_class, _ in classes:
        for to_class, _ in classes:
            best = best_rules(catalogue, "wets", from_class, to_class)
            found = catalogue.rule_for("wets", from_class, to_class)
            assert found in best if best else found is None


_PIECES = st.sampled_from(
    [
        *("catalogue: 1\n", "classes:\n", "types:\n", "override:\n", "  A:\n", "    parent: Server\n", "    aliases: "),
        *("{", "}", "[", "]", ": ", "- ", "any: [x]", "statuses: ", "*a", "&a", "!!python/object:x", "\t", "null", "~"),
        *("'", '"', "?", "æ", "#", ">\n", "    inverse: b\n", "    rules:\n"),
        "      - {from: A, to: A, consumer: to, impact: hard}\n",
    ]
)


def outcome(path: Path) -> Catalogue | CatalogueError:
    """Load a file and give the catalogue, or the error that refuses it."""
    try:
        return load_catalogue(path)
    except CatalogueError as refused:
        return refused


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.lists(_PIECES, max_size=14).map("".join).map(str.encode)), st.booleans())
def test_no_file_ends_in_a_traceback(content: bytes, headed: bool) -> None:
    """Whatever the bytes, the file is loaded or refused with its name and a line."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "site.yaml"
        path.write_bytes(b"catalogue: 1\n" * headed + content)
        came = outcome(path)

    if isinstance(came, CatalogueError):
        assert came.file == str(path)
        assert came.row is not None
        assert 1 <= came.row <= len(content) + 3


@given(st.text(st.characters(max_codepoint=0x17F), max_size=30))
def test_a_spelling_does_not_tell_words_apart(word: str) -> None:
    """Case, blanks and punctuation are no part of a word's key, and a key is its own key."""
    key = normal(word)

    assert normal(key) == key
    assert normal(f"  {word}_- ") == key


@given(st.text(max_size=40), st.sampled_from(["", "servicenow", "itop", "netbox", "x.y"]))
def test_any_text_may_be_asked_for(text: str, vocabulary: str) -> None:
    """Names are data: a look-up gives a meaning or None, and suggestions are names that exist."""
    assert SHIPPED.class_named(text, vocabulary) in (None, *SHIPPED.classes)
    named = SHIPPED.type_named(text, vocabulary)
    assert named is None or named[0] in SHIPPED.types
    assert set(SHIPPED.suggest_class(text)) <= set(SHIPPED.classes)
    assert set(SHIPPED.suggest_type(text)) <= set(SHIPPED.types)
