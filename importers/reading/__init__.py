"""Foreign files, read safely and fast; every importer reads through here.

    SourceFile ── decoding ──┬── json_lines ┐
    (name, size, digest)     ├── json_file  ┴─ json_strict
                             ├── yaml_file ─── yaml_builder ── yaml_core
                             ├── xml_file
                             ├── csv_table ─── csv_delimiter
                             └── workbook

In come files of any encoding, size and intent; out go plain Python values with the row each stands in, or a
`FileProblem`. Knows nothing of items: what the values mean is the importers' affair.
"""

from importers.reading.csv_table import CsvRow, CsvTable, read_csv
from importers.reading.json_file import read_json
from importers.reading.json_lines import iter_json_lines
from importers.reading.sniffing import Syntax, sniff
from importers.reading.source import SourceFile, open_source
from importers.reading.workbook import SheetRow, Workbook, is_workbook, open_workbook, sheet_names
from importers.reading.xml_file import XmlElement, read_xml
from importers.reading.yaml_builder import LocatedDict, YamlDocument
from importers.reading.yaml_file import lines_in_list, read_yaml, read_yaml_all

__all__ = [
    "CsvRow",
    "CsvTable",
    "LocatedDict",
    "SheetRow",
    "SourceFile",
    "Syntax",
    "Workbook",
    "XmlElement",
    "YamlDocument",
    "is_workbook",
    "iter_json_lines",
    "lines_in_list",
    "open_source",
    "open_workbook",
    "read_csv",
    "read_json",
    "read_xml",
    "read_yaml",
    "read_yaml_all",
    "sheet_names",
    "sniff",
]
