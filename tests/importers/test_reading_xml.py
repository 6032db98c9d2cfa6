"""XML files: elements with their lines, and nothing from outside the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmdb.errors import FileProblem
from importers.reading import XmlElement, open_source, read_xml
from importers.reading.xml_file import MAX_DEPTH


def _read(folder: Path, text: str | bytes) -> XmlElement:
    path = folder / "a.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_xml(open_source(path))


def test_elements_know_their_lines_and_texts(tmp_path: Path) -> None:
    """Prefixes go, text around children is one text, and attributes are as written."""
    root = _read(
        tmp_path, '<?xml version="1.0"?>\n<!DOCTYPE a>\n<x:a xmlns:x="u">\n <b id="ø">in</b> out <b/>\n</x:a>\n'
    )

    assert (root.name, root.line, root.text.split()) == ("a", 3, ["out"])
    assert [(each.name, each.line, each.attributes, each.text) for each in root] == [
        ("b", 4, {"id": "ø"}, "in"),
        ("b", 4, {}, ""),
    ]
    assert (root.text_of("b"), root.text_of("c"), root.child("c")) == ("in", "", None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252"])
def test_a_file_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    """What the bytes are decides, not what the declaration says."""
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a>blåbær</a>'

    assert _read(tmp_path, text.encode(encoding)).text == "blåbær"


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        ('<!DOCTYPE a [\n<!ENTITY x "y">]>\n<a>&x;</a>', 2, "declares the entity 'x'"),
        ('<!DOCTYPE a [\n<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a>&x;</a>', 2, "declares the entity 'x'"),
        ('<!DOCTYPE a [<!ENTITY % p SYSTEM "http://example.org/p">\n%p;]><a/>', 1, "declares the entity 'p'"),
        ('<!DOCTYPE a SYSTEM "a.dtd">\n<a>&x;</a>', 2, "names the entity 'x', which is not declared"),
        ("<a>\n&x;</a>", 2, "undefined entity"),
        ("<a>\n<b></a>", 2, "mismatched tag"),
        ("<a>\n<b>\n", 3, "it ends inside <b> of line 2: was the file cut off?"),
        ("<a/>\n<b/>", 2, "junk after document element"),
        ("a", 1, "syntax error"),
        ("<a>" * (MAX_DEPTH + 1), 1, f"nested above {MAX_DEPTH} deep"),
        ('<a x="1"\n x="2"/>', 2, "duplicate attribute"),
        ("<a>\n\x01</a>", 2, "invalid token"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, row: int, message: str) -> None:
    """Entities of any kind are refused where they are declared; a cut file says inside what it was cut."""
    with pytest.raises(FileProblem) as problem:
        _read(tmp_path, text)

    assert message in problem.value.message
    assert problem.value.row == row


def test_a_bomb_of_entities_is_refused_before_it_grows(tmp_path: Path) -> None:
    """The billion laughs are refused at the first of them."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

    with pytest.raises(FileProblem, match="entities are refused"):
        _read(tmp_path, f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a>&l9;</a>')
