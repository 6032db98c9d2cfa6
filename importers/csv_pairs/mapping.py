"""The mapping file: what the columns of somebody else's tables mean. Its JSON Schema is `cmdb schema mapping`.

In comes a YAML file, read as safely as any other; out goes a CsvMapping or a FileProblem with every complaint. The same
file explains CSV files and the sheets of Excel workbooks.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)

from cmdb.model.values import ItemValues, PoolValues, RelationshipValues
from importers.reading import open_source, read_yaml

__all__ = [
    "ATTRIBUTE",
    "FIELDS",
    "CsvMapping",
    "Kind",
    "NamedTable",
    "RowPool",
    "RowRelationship",
    "SplitColumn",
    "TableMapping",
    "read_mapping",
]

Kind = Literal["items", "relationships", "pools"]
FIELDS: Final[dict[Kind, frozenset[str]]] = {
    "items": frozenset(["id", "class", "name", "aliases", "json", *ItemValues.__annotations__]) - {"attributes"},
    "relationships": frozenset(["from", "type", "to", "key", "pool", "json", *RelationshipValues.__annotations__])
    - {"attributes", "pools"},
    "pools": frozenset(["consumer", "name", "json", *PoolValues.__annotations__]),
}
"""What a row of each table can say. `json` holds an object of what no plain cell can hold, and counts most."""
ATTRIBUTE: Final = "attributes."
"""Stands before the name of an attribute where a field is due."""


def _as_written(given: object) -> object:
    """Take a number or a truth value as the text it was written as: a table holds nothing but text."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return getattr(given, "raw", given)


Written = Annotated[str, BeforeValidator(_as_written)]


class SplitColumn(BaseModel):
    """A column whose cells hold several things, and the names of the columns it is read as."""

    model_config = ConfigDict(extra="forbid")

    separator: str = Field(min_length=1, max_length=5, description="What parts the things in a cell.")
    into: list[str | None] = Field(min_length=1, description="The columns they become, in order. Null: not read.")


class RowPool(BaseModel):
    """The pool that the members named by one row make."""

    model_config = ConfigDict(extra="forbid")

    name: Written = Field(description="The name of the pool.")
    need: Written | None = Field(
        default=None, description="How many must be up: 2, '50%', '{Column}'. Left out: all but one, marked assumed."
    )
    full: Written | None = Field(default=None, description="How many make it whole, in the same form.")
    evidence: Written | None = Field(
        default=None, description="Where the membership is read; else the columns are told."
    )


class RowRelationship(BaseModel):
    """A relationship that each row of items states: `to` is the other end, put together from columns."""

    model_config = ConfigDict(extra="forbid")

    type: Written = Field(description="The type, as the vocabulary calls it: located_in.")
    to: Written = Field(description="The id of the other end: 'rack:{Rack}'. A row whose cell is empty states nothing.")
    start: Written | None = Field(
        default=None, alias="from", description="The id of this end, where it is not the item's."
    )
    key: Written | None = Field(default=None, description="What tells parallel links apart: '{Port}'.")
    separator: str | None = Field(
        default=None, min_length=1, max_length=5, description="What parts several ends in one cell: ','."
    )
    pool: RowPool | None = Field(
        default=None, description="The pool in which the ends stand in for each other; one end alone makes none."
    )

    @field_validator("pool", mode="before")
    @classmethod
    def _named_only(cls, given: object) -> object:
        return {"name": given} if isinstance(given, str) else given


class TableMapping(BaseModel):
    """How one table is read."""

    model_config = ConfigDict(extra="forbid")

    header_row: int | None = Field(
        default=None, ge=1, description="The row the header stands in, from 1; else the first that is not blank."
    )

    columns: dict[str, str | None] = Field(
        default_factory=dict,
        description="The field that each column is: {Hostname: name, Rack no: attributes.rack}. Null: not read.",
    )
    defaults: dict[str, Written] = Field(
        default_factory=dict,
        description="What a field is where its cell is empty or it has no column: {class: Server}.",
    )
    values: dict[str, dict[str, Written | None]] = Field(
        default_factory=dict,
        description="What the words of a field mean: {status: {Live: operational, Gone: retired}}. Null: says nothing.",
    )
    templates: dict[str, Written] = Field(
        default_factory=dict, description="Fields put together from columns: {id: 'server:{Asset tag}'}."
    )
    classes: dict[str, Written | None] = Field(
        default_factory=dict, description="Short for values.class: {Linux box: Server}."
    )
    lists: dict[str, str] = Field(
        default_factory=dict, description="Fields whose cells hold a list, and what parts it: {attributes.tags: ','}."
    )
    split: dict[str, SplitColumn] = Field(
        default_factory=dict,
        description="Columns to be read as several: {service_env: {separator: '|', into: [Service, Environment]}}.",
    )
    relationships: list[RowRelationship] = Field(
        default_factory=list, description="The relationships that each row of items states."
    )
    rest: Literal["attributes", "ignore"] = Field(
        default="attributes", description="What becomes of columns that are no field: kept as attributes, or not read."
    )

    @property
    def words(self) -> dict[str, dict[str, str | None]]:
        """What the words of each field mean, those of classes included."""
        if not self.classes:
            return self.values
        return {**self.values, "class": {**self.values.get("class", {}), **self.classes}}


class NamedTable(TableMapping):
    """How one file or sheet is read, which its name tells from others."""

    file: str | None = Field(default=None, description="The file's name, with * for anything: 'servers*.csv'.")
    sheet: str | None = Field(default=None, description="The sheet's name, with * for anything.")
    kind: Kind = Field(default="items", description="What its rows are.")
    read: StrictBool = Field(default=True, description="False: this file or sheet is not read.")

    @model_validator(mode="after")
    def _named(self) -> NamedTable:
        if self.file is None and self.sheet is None:
            raise ValueError("an entry of tables needs a file or a sheet: {file: 'servers*.csv', ...}")
        return self

    def is_for(self, file: str, sheet: str | None) -> bool:
        """Tell whether this explains a file of that name, or a sheet of it; case does not matter."""
        fits = self.file is None or fnmatchcase(file.casefold(), self.file.casefold())
        if self.sheet is None:
            return fits
        return fits and sheet is not None and fnmatchcase(sheet.casefold(), self.sheet.casefold())


class CsvMapping(BaseModel):
    """How the tables of one inventory are read. Everything is optional; options on the command line stand above it."""

    model_config = ConfigDict(extra="forbid", title="CSV mapping")

    source: Written = Field(default="", description="Whose inventory it is.")
    scope: Written = Field(default="", description="Which part of it the tables hold.")
    complete: StrictBool | None = Field(default=None, description="Whether the tables hold all there is in this scope.")
    vocabulary: str = Field(
        default="", description="Whose words for classes, types and statuses are used: servicenow, itop, netbox, glpi."
    )
    delimiter: str | None = Field(
        default=None, min_length=1, max_length=1, description="What parts the cells; found by itself where not given."
    )
    list_separator: str = Field(default=";", min_length=1, max_length=5, description="What parts a list in one cell.")
    decimal_comma: StrictBool = Field(default=False, description="Whether 3,5 is three and a half.")
    items: TableMapping = Field(default_factory=TableMapping, description="How the table of items is read.")
    relationships: TableMapping = Field(default_factory=TableMapping, description="The same for relationships.")
    pools: TableMapping = Field(default_factory=TableMapping, description="The same for pools.")
    tables: list[NamedTable] = Field(
        default_factory=list,
        description="How single files and sheets are read, by their names; the first that fits counts.",
    )

    def table_for(self, file: str, sheet: str | None = None) -> NamedTable | None:
        """Return the entry of `tables` for a file or a sheet of it, None where there is none."""
        return next((table for table in self.tables if table.is_for(file, sheet)), None)

    @field_validator("items", "relationships", "pools", mode="before")
    @classmethod
    def _nothing_said(cls, given: object) -> object:
        return {} if given is None else given

    @model_validator(mode="after")
    def _fields_known(self) -> CsvMapping:
        tables: list[tuple[Kind, TableMapping]] = [
            ("items", self.items),
            ("relationships", self.relationships),
            ("pools", self.pools),
            *((table.kind, table) for table in self.tables),
        ]
        for kind, table in tables:
            if table.relationships and kind != "items":
                raise ValueError(f"a table of {kind} states no relationships of its own: only tables of items do")
            for field in (*table.columns.values(), *table.defaults, *table.words, *table.templates, *table.lists):
                kept = field is not None and field.startswith(ATTRIBUTE) and kind != "pools"
                if field is not None and not kept and field not in FIELDS[kind]:
                    known = ", ".join(sorted(FIELDS[kind]))
                    raise ValueError(f"{field!r} is no field of {kind}: they have {known}")
        return self


def read_mapping(path: str) -> CsvMapping:
    """Return the mapping in the YAML file at `path`; raises FileProblem with every complaint."""
    source = open_source(path)
    document = read_yaml(source)
    try:
        return CsvMapping.model_validate(document.value)
    except ValidationError as error:
        complaints = []
        for each in error.errors():
            where = ".".join(str(part) for part in each["loc"]) or "the file"
            extra = each["type"] == "extra_forbidden"
            complaints.append(
                f"unknown key {where!r}" if extra else f"{where}: {each['msg'].removeprefix('Value error, ')}"
            )
        raise source.problem(f"{'; '.join(complaints)}. See: cmdb schema mapping", document.line) from None
