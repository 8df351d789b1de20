"""The keys of `overrides/_shared.yaml`: how this API speaks, and what many tools have in common."""

from typing import Annotated

from pydantic import AfterValidator, Field

from generator.model.decisions import ArgumentOverride, ArgumentOverrides, Effect
from generator.model.strict import Strict, Text


def _says_descriptions(arguments: dict[str, ArgumentOverride]) -> dict[str, ArgumentOverride]:
    for name, entry in arguments.items():
        if entry.model_fields_set != {"description"}:
            raise ValueError(f"{name}: what many tools share is a description; decide the rest by operation")
    return arguments


class Conventions(Strict):
    """How this API speaks, beyond OpenAPI. Empty for a stranger's API: nothing is assumed."""

    list_parameters: list[str] = Field(default_factory=list, description="A GET with all of these answers records.")
    task_status: str | None = Field(None, description="A response with this status starts a task.")
    absorbed: dict[str, Text] = Field(default_factory=dict, description="Query parameters the library sets: why.")
    record_wrappers: list[str] = Field(default_factory=list, description="Schema name parts that say nothing.")
    newest: dict[str, Text] = Field(
        default_factory=dict, description="Last path segment of lists that only grow: which property tells when."
    )
    keyed: list[Text] = Field(
        default_factory=list, description="Object properties of records whose keys say something, and values little."
    )
    verbs: dict[str, Effect] = Field(default_factory=dict, description="Effect of POST .../actions/<verb>.")


class Shared(Strict):
    """`overrides/_shared.yaml`: what many tools have in common."""

    conventions: Conventions = Conventions()
    drop_deprecated: Text | None = Field(None, description="Why deprecated operations are dropped; absent: kept.")
    arguments: Annotated[ArgumentOverrides, AfterValidator(_says_descriptions)] = Field(
        default_factory=dict, description="By argument name, said once."
    )
    described_in_instructions: list[str] = Field(default_factory=list)
