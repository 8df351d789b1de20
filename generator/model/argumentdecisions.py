"""What may be decided about the arguments of a tool."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from generator.model.argumentschema import ArgumentSchema
from generator.model.strict import Strict, Text


class ArgumentOverride(Strict):
    """What we say about one argument, or about one property inside it (`vdis[].size`)."""

    description: Text | None = Field(None, description="Unit, format, where an id comes from, an example.")
    schema_: ArgumentSchema | None = Field(None, alias="schema", description="Replaces the JSON Schema of XO.")
    default: Any = Field(None, description="Used when the argument is not given.")
    required: bool | None = Field(None, description="Ask for it although XO does not, or the other way round.")
    drop: Text | None = Field(None, description="Why the argument is not offered.")
    since: str | None = Field(
        None,
        description="The XO release since which it works, where only XO's changelog says so.",
        pattern=r"^\d+\.\d+(\.\d+)?$",
    )
    kind: str | None = Field(
        None,
        description="Collection of the object whose id it is, where its name does not say; `none`: of no object.",
        pattern=r"^[a-z][a-z-]*$",
    )
    any_pool: bool = Field(
        default=False, description="An object's id: it may be in another pool than what the other arguments name."
    )


def text_is_a_description(value: object) -> object:
    """Take a text alone for the description of an argument."""
    return {"description": value} if isinstance(value, str) else value


def _inner_takes_less(arguments: dict[str, ArgumentOverride]) -> dict[str, ArgumentOverride]:
    for name, entry in arguments.items():
        ignored = entry.model_fields_set - {"description", "schema_", "kind"}
        if ignored and ("." in name or "[" in name):
            raise ValueError(
                f"{name} is inside an argument and takes description, schema and kind only, no {min(ignored)}"
            )
    return arguments


ArgumentOverrides = Annotated[
    dict[
        str,
        Annotated[
            ArgumentOverride,
            BeforeValidator(text_is_a_description, json_schema_input_type=Text | ArgumentOverride),
        ],
    ],
    AfterValidator(_inner_takes_less),
]
