"""What may be decided about the inventory's tables: the key `inventory` of `overrides/inventory.yaml`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from generator.model.strict import Strict, Text

INVENTORY = "inventory.yaml"
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Column = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
Property = Annotated[str, Field(pattern=r"^[$\w-]+(\.[$\w-]+)?$")]
Sql = Annotated[str, Field(min_length=1, max_length=4000)]
ColumnKind = Literal["string", "number", "boolean", "array", "object", "any"]


class TableOverride(Strict):
    """What we decided about the table of one list."""

    name: Name | None = Field(None, description="Instead of the path with `_`.")
    about: Text | None = Field(None, description="What a row is, in a few words.")
    drop: Text | None = Field(None, description="Why this list becomes no table.")
    query: dict[str, str] = Field(default_factory=dict, description="Query parameters that are always sent.")
    properties: dict[Property, ColumnKind | None] = Field(
        default_factory=dict,
        description="What XO answers but the contract lacks, `xenTools.version`, and its type; null takes one out.",
    )


class View(Strict):
    """A table that is a SELECT over others."""

    about: Text
    sql: Sql


class Measure(Strict):
    """One quantity of XO's statistics: becomes `<name>_avg` and `<name>_max`."""

    series: Annotated[list[str], Field(min_length=1, description="Names of series, or their beginnings up to a dot.")]
    combine: Literal["sum", "mean"] = Field("sum", description="What makes one number of several series.")
    minus: str | None = Field(None, description="A series that is taken off.")


class Lookup(Strict):
    """A table that costs a request for each object: loaded for the rows that a statement needs."""

    about: Text
    operation: Annotated[str, Field(pattern=r"^GET /.+\{id\}")]
    of: Annotated[Name, Field(description="The table of the objects.")]
    where: Sql | None = Field(None, description="Which of them are asked.")
    columns: Annotated[dict[Column, Column], Field(description="Own column -> that column of the objects' table.")]
    group: Column | None = Field(None, description="Objects with the same value here are asked one after the other.")
    measures: dict[Name, Measure] = Field(default_factory=dict)
    rows: dict[Column, Property] = Field(default_factory=dict, description="Own column -> property of each record.")

    @model_validator(mode="after")
    def _one_of(self) -> "Lookup":
        if bool(self.measures) == bool(self.rows):
            raise ValueError("a lookup takes either measures or rows")
        return self


class InventoryDecisions(Strict):
    """The inventory's tables, beyond those of lists."""

    hidden: list[str] = Field(default_factory=list, description="Properties that are no column anywhere.")
    tables: dict[Annotated[str, Field(pattern=r"^GET /")], TableOverride] = Field(default_factory=dict)
    lookups: dict[Name, Lookup] = Field(default_factory=dict)
    views: dict[Name, View] = Field(default_factory=dict)
