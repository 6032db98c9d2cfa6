"""SourceFile: every trouble a file can give, and every encoding an export is saved in."""

import hashlib
import io
import os
import sys
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import FileProblem
from importers.reading import SourceFile, open_source
from importers.reading.decoding import text_blocks


def saved(folder: Path, content: bytes, name: str = "estate.txt") -> SourceFile:
    path = folder / name
    path.write_bytes(content)
    return open_source(path)


def test_a_file_knows_its_name_size_and_digest(tmp_path: Path) -> None:
    """The digest is of the bytes as they are, byte order mark and all."""
    content = "\ufeffskjæring".encode()
    source = saved(tmp_path, content)

    assert (source.name, source.size) == (str(tmp_path / "estate.txt"), len(content))
    assert source.sha256 == hashlib.sha256(content).hexdigest()
    assert source.text() == "skjæring"
    assert source.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_in_its_usual_encodings_is_read_without_a_note(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with or without byte order mark, and UTF-16 with one, need no guess."""
    source = saved(tmp_path, "Tromsø,Ærøskøbing,😀\n".encode(encoding))

    assert (source.text(), source.notes) == ("Tromsø,Ærøskøbing,😀\n", [])


def test_windows_1252_is_read_with_a_note(tmp_path: Path) -> None:
    """What is not UTF-8 is taken for Windows-1252, and the user is told to look at the letters."""
    source = saved(tmp_path, "id\nTromsø – blåbær\n".encode("cp1252"))

    assert source.text() == "id\nTromsø – blåbær\n"
    assert source.text()
    assert len(source.notes) == 1
    assert "Windows-1252" in source.notes[0]


def test_damage_in_a_utf_8_file_is_not_taken_for_windows_1252(tmp_path: Path) -> None:
    """One broken byte must not turn every letter of the file into two others; offset and row are named."""
    content = "Tromsø\nÅlesund\nBodø\n".encode().replace(b"Bod\xc3\xb8", b"Bod\xc3x")

    with pytest.raises(FileProblem, match="offset 20") as caught:
        saved(tmp_path, content).text()

    assert caught.value.row == 3


def test_a_byte_that_is_no_letter_is_refused_with_its_offset_and_row(tmp_path: Path) -> None:
    """0x81 is undefined in Windows-1252, too."""
    with pytest.raises(FileProblem, match="0x81 at offset 9") as caught:
        saved(tmp_path, b"caf\xe9\nabc\n\x81").text()

    assert caught.value.row == 3


def test_a_nul_byte_is_refused_with_its_row(tmp_path: Path) -> None:
    """NUL is in no text; it cuts strings short in other programs."""
    with pytest.raises(FileProblem, match="NUL byte") as caught:
        saved(tmp_path, b"a\nb\0c\n").text()

    assert caught.value.row == 2


def test_an_encoding_that_changes_on_the_way_is_refused(tmp_path: Path) -> None:
    """Two files in two encodings, put together, are not guessed at."""
    blocks = ["blåbær\n".encode("cp1252"), "blåbær\n".encode()]

    with pytest.raises(FileProblem, match="UTF-8") as caught:
        list(text_blocks(blocks, file="f", note=lambda _: None))

    assert caught.value.row == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04rest", "Excel"),
        (b"\x1f\x8brest", "gzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\xff\xfea\x00\x00", "damaged or cut off"),
        (b"\xff\xfea\x00\x00\xd8b\x00", "damaged or cut off"),
    ],
)
def test_files_that_are_no_text_are_named_for_what_they_are(tmp_path: Path, content: bytes, told: str) -> None:
    """An Excel workbook given for a CSV file is an everyday mistake."""
    with pytest.raises(FileProblem, match=told):
        saved(tmp_path, content).text()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """An empty export is one that failed, not an empty estate."""
    with pytest.raises(FileProblem, match="empty"):
        saved(tmp_path, b"")


def test_a_directory_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    """Each says what it is, and carries the file's name."""
    with pytest.raises(FileProblem, match="directory"):
        open_source(tmp_path)
    with pytest.raises(FileProblem, match="no such file") as caught:
        open_source(tmp_path / "nowhere.csv")

    assert caught.value.file == str(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "/dev/null/x"])
def test_paths_that_cannot_be_are_refused(path: str) -> None:
    """No path leads to a traceback."""
    with pytest.raises(FileProblem):
        open_source(path)


@pytest.mark.parametrize(("fault", "told"), [(PermissionError(13, "no"), "permission"), (OSError(5, "I/O"), "disk")])
def test_a_file_that_cannot_be_opened_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: OSError, told: str
) -> None:
    """The message says whether it is a matter of permission or of the disk."""

    def refuse(*_: object, **__: object) -> None:
        raise fault

    path = tmp_path / "secret.csv"
    path.write_text("a")
    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(FileProblem, match=told):
        open_source(path)


def test_a_file_above_the_cap_is_refused(tmp_path: Path) -> None:
    """The cap is on the file, and is told before anything is read."""
    path = tmp_path / "big"
    path.write_bytes(b"x" * 11)

    with pytest.raises(FileProblem, match="larger than 10 bytes"):
        SourceFile(path, max_bytes=10)


def test_a_file_that_changes_under_the_reader_is_refused(tmp_path: Path) -> None:
    """Half of one export and half of the next is no export."""
    source = saved(tmp_path, b"one\n")
    (tmp_path / "estate.txt").write_bytes(b"three\n")

    with pytest.raises(FileProblem, match="changed while it was read"):
        source.text()


def test_standard_input_can_be_read_several_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream is kept aside, so that guessing its format does not use it up."""
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"a\nb\n")))

    source = open_source("-")

    assert (source.name, source.size) == ("standard input", 4)
    assert [source.sample(), source.text(), source.text()] == ["a\nb\n"] * 3


def test_an_empty_standard_input_and_one_above_the_cap_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same refusals as for files."""
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"")))
    with pytest.raises(FileProblem, match="empty"):
        open_source("-")

    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"x" * 11)))
    with pytest.raises(FileProblem, match="larger than 10 bytes"):
        SourceFile(Path("-"), max_bytes=10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_read_like_a_file() -> None:
    """`cmdb import <(zcat export.gz)` works."""
    reading, writing = os.pipe()
    os.write(writing, b"a\n")
    os.close(writing)

    source = open_source(f"/dev/fd/{reading}")

    assert (source.text(), source.text()) == ("a\n", "a\n")
    os.close(reading)


def test_blocks_hold_whole_lines_and_name_their_first_row() -> None:
    """Chunks cut lines and letters anywhere; blocks do not."""
    text = "en\nøl\n\nto"
    chunks = [bytes([byte]) for byte in text.encode()]

    blocks = list(text_blocks(chunks, file="f", note=lambda _: None))

    assert blocks == [(1, b"en\n"), (2, "øl\n".encode()), (3, b"\n"), (4, b"to")]


def test_a_sample_does_not_disturb_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even in the middle of a pass over standard input."""
    content = b"0123456\n" * 300_000
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(content)))
    source = open_source("-")

    read = []
    for block in source.blocks():
        source.sample()
        read.append(block.text)

    assert b"".join(read) == content


@given(
    text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1), size=st.integers(1, 9)
)
def test_any_text_survives_any_cutting(text: str, size: int) -> None:
    """UTF-8 and UTF-16 come back letter for letter, however the bytes arrive."""
    for encoding in ("utf-8-sig", "utf-16"):
        content = text.encode(encoding)
        chunks = [content[at : at + size] for at in range(0, len(content), size)]
        if len(chunks[0]) < 3:
            chunks = [content]

        blocks = list(text_blocks(chunks, file="f", note=lambda _: None))

        assert b"".join(block.text for block in blocks).decode() == text


@given(text=st.text("abc æøåÆØÅéü\n§€", min_size=1))
def test_windows_1252_text_is_read_as_such_or_refused(text: str) -> None:
    """It is never read as something else, but where it happens to be UTF-8."""
    content = text.encode("cp1252")
    notes: list[str] = []
    try:
        read = b"".join(block.text for block in text_blocks([content], file="f", note=notes.append)).decode()
    except FileProblem:
        return

    assert read == (text if notes or text.isascii() else content.decode("utf-8"))
