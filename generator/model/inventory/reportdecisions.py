"""What may be decided about reports: questions with a name, declared as SQL in `overrides/reports.yaml`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from generator.model.argumentdecisions import ArgumentOverride, text_is_a_description
from generator.model.strict import Strict, Text

PartName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Sql = Annotated[str, Field(min_length=1, max_length=8000)]


class Part(Strict):
    """One SELECT of a report, and what is said about its rows."""

    title: Text = Field(description="The heading, in words.")
    sql: Sql
    shape: Literal["rows", "record"] = Field("rows", description="`record`: each row is shown as an object.")
    finding: bool = Field(default=False, description="Each row is something that somebody should look at.")
    then: Text | None = Field(None, description="What to do about the rows: the tools that act on them.")
    always: bool = Field(default=False, description="Shown even without rows; others are left out then.")


class ReportArgument(ArgumentOverride):
    """What we say about an argument of a report; `kind: objects` is the id of an object of any kind."""

    tag_of: str | None = Field(
        None, description="Table of the objects whose tag it is; a tag that none of them has is remarked on."
    )


ReportArguments = dict[
    str,
    Annotated[ReportArgument, BeforeValidator(text_is_a_description, json_schema_input_type=Text | ReportArgument)],
]


def _is_free_text(argument: ReportArgument) -> bool:
    """Whether an argument takes any text, and nothing says what it names."""
    schema = argument.schema_.written() if argument.schema_ else {}
    return schema.get("type") == "string" and "enum" not in schema and not (argument.kind or argument.tag_of)


class Report(Strict):
    """A tool that answers a question by statements over the inventory's tables."""

    title: Text
    description: Text
    default: bool = False
    synonyms: list[str] = Field(default_factory=list)
    arguments: ReportArguments = Field(default_factory=dict)
    limit: Annotated[int, Field(ge=1, le=1000)] = Field(20, description="Rows of each part unless asked otherwise.")
    parts: dict[PartName, Part] = Field(min_length=1)

    @field_validator("arguments")
    @classmethod
    def _ours(cls, arguments: ReportArguments) -> ReportArguments:
        taken = sorted(arguments.keys() & {"limit", "format", "now", "own"})
        if taken:
            raise ValueError(f"every report has {taken[0]!r} already")
        for name, argument in arguments.items():
            if _is_free_text(argument):
                raise ValueError(
                    f"{name} needs `kind` or `tag_of`, or a typing error finds nothing; a text: `kind: none`"
                )
        return arguments
