"""The JSON Schema that an override may write: the part of 2020-12 which every MCP client understands."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

Type = Literal["string", "number", "integer", "boolean", "object", "array", "null"]
COUNT = Field(None, ge=0)


class ArgumentSchema(BaseModel):
    """One schema. Each keyword means what JSON Schema says."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    type: Type | None = None
    description: str | None = None
    enum: list[Any] | None = Field(None, min_length=1)
    const: Any = None
    default: Any = None
    format: str | None = None
    pattern: str | None = None
    min_length: int | None = COUNT
    max_length: int | None = COUNT
    minimum: int | float | None = None
    maximum: int | float | None = None
    items: "ArgumentSchema | None" = None
    min_items: int | None = COUNT
    max_items: int | None = COUNT
    unique_items: bool | None = None
    properties: "dict[str, ArgumentSchema] | None" = None
    required: list[str] | None = None
    additional_properties: "bool | ArgumentSchema | None" = None
    any_of: "list[ArgumentSchema] | None" = Field(None, min_length=1)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        empty = sorted(name for name in self.model_fields_set - {"const", "default"} if getattr(self, name) is None)
        if empty:
            raise ValueError(f"the keyword {to_camel(empty[0])} says nothing: give it a value, or leave it out")
        return self

    def written(self) -> dict[str, Any]:
        """The schema as JSON, with the keywords that were given and no others."""
        return self.model_dump(by_alias=True, exclude_unset=True)
