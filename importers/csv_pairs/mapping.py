"""The mapping file: what the columns of somebody else's tables mean. Its JSON Schema is `cmdb schema mapping`.

In comes a YAML file, read as safely as any other; out goes a CsvMapping or a FileProblem with every complaint.
"""

from __future__ import annotations

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

__all__ = ["ATTRIBUTE", "FIELDS", "CsvMapping", "Kind", "TableMapping", "read_mapping"]

Kind = Literal["items", "relationships", "pools"]
FIELDS: Final[dict[Kind, frozenset[str]]] = {
    "items": frozenset(["id", "class", "name", "aliases", *ItemValues.__annotations__]) - {"attributes"},
    "relationships": frozenset(["from", "type", "to", "key", "pool", *RelationshipValues.__annotations__])
    - {"attributes", "pools"},
    "pools": frozenset(["consumer", "name", *PoolValues.__annotations__]),
}
"""What a row of each table can say."""
ATTRIBUTE: Final = "attributes."
"""Stands before the name of an attribute where a field is due."""


def _as_written(given: object) -> object:
    """Take a number or a truth value as the text it was written as: a table holds nothing but text."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return getattr(given, "raw", given)


Written = Annotated[str, BeforeValidator(_as_written)]


class TableMapping(BaseModel):
    """How one table is read."""

    model_config = ConfigDict(extra="forbid")

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
    rest: Literal["attributes", "ignore"] = Field(
        default="attributes", description="What becomes of columns that are no field: kept as attributes, or not read."
    )


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

    @field_validator("items", "relationships", "pools", mode="before")
    @classmethod
    def _nothing_said(cls, given: object) -> object:
        return {} if given is None else given

    @model_validator(mode="after")
    def _fields_known(self) -> CsvMapping:
        tables: dict[Kind, TableMapping] = {
            "items": self.items,
            "relationships": self.relationships,
            "pools": self.pools,
        }
        for kind, table in tables.items():
            for field in (*table.columns.values(), *table.defaults, *table.values, *table.templates):
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
