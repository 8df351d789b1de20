"""The keys of `overrides/_shared.yaml`: conventions of XO's API, and what many tools have in common."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from generator.model.argumentdecisions import ArgumentOverride, ArgumentOverrides
from generator.model.decisions import Effect
from generator.model.objectconventions import ObjectConventions
from generator.model.strict import Strict, Text


def _says_descriptions(arguments: dict[str, ArgumentOverride]) -> dict[str, ArgumentOverride]:
    for name, entry in arguments.items():
        if entry.model_fields_set != {"description"}:
            raise ValueError(f"{name}: what many tools share is a description; decide the rest by operation")
    return arguments


class Units(Strict):
    """What numbers of XO mean, by property name; XO's document does not say. Instants count from 1970."""

    seconds: list[str] = Field(default_factory=list, description="Instants in seconds.")
    milliseconds: list[str] = Field(default_factory=list, description="Instants in milliseconds.")
    either: list[str] = Field(default_factory=list, description="Instants whose unit differs by record.")
    bytes: list[str] = Field(default_factory=list, description="Sizes.")
    bytes_beside_used: list[str] = Field(
        default_factory=list, description="Sizes only where `used` is beside them; elsewhere they count objects."
    )
    series: dict[str, Text] = Field(default_factory=dict, description="Unit by the first name of a series of stats.")

    @model_validator(mode="after")
    def _have_one_meaning(self) -> Self:
        lists = (self.seconds, self.milliseconds, self.either, self.bytes, self.bytes_beside_used)
        every = [name for names in lists for name in names]
        twice = sorted({name for name in every if every.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is in it twice")
        return self


class Amount(Strict):
    """What is known of a number XO takes as it is."""

    unit: Text = Field("", description="What it counts; for `bytes`, texts like `4 GiB` are taken too.")
    least: float | None = Field(None, description="Less can't be meant.")
    most: float | None = Field(None, description="More can't be meant.")
    whole: bool = Field(default=True, description="Fractions can't be meant.")


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


class Mistake(Strict):
    """What XO answers with status 500, or of a failed task, and is the caller's mistake."""

    says: Annotated[str, Field(min_length=1), AfterValidator(_is_pattern)] = Field(
        description="Regular expression that finds it in XO's text, in any case."
    )
    means: Text = Field(description="What is wrong with the call, and what to do.")


class Wish(Strict):
    """What people ask for and no tool can do."""

    says: Annotated[str, Field(min_length=1), AfterValidator(_is_pattern)] = Field(
        description="Regular expression that finds the wish in a request, in any case, at the beginning of a word."
    )
    where: Text = Field(description="Who does it: the place in XO's web interface.")
    unless: list[Annotated[str, Field(pattern=r"^(GET|PUT|POST|PATCH|DELETE|CALL) ")]] = Field(
        default_factory=list, description="Operations whose tool would serve it, where there is one."
    )


class NameBeside(Strict):
    """A property that holds the id of another object, or some: what is put beside it, and where names are read."""

    as_: Annotated[str, Field(alias="as")] = Field(description="Our property for the name.")
    inside: str | None = Field(None, description="The property is an object: its own property with the id.")
    through: dict[str, str] = Field(
        default_factory=dict, description="Collection of links -> the link's property with the id that is meant."
    )
    said_in: str | None = Field(None, description="Text of the record; no name is added where it has it.")
    in_: Annotated[dict[str, str | dict[str, str]], Field(alias="in", min_length=1)] = Field(
        description="Collection -> what is put before the name of its objects, or by which property (`by`) that is."
    )


class Conventions(ObjectConventions):
    """How this API speaks, beyond OpenAPI. Empty for a stranger's API: nothing is assumed."""

    list_parameters: list[str] = Field(default_factory=list, description="A GET with all of these answers records.")
    task_status: str | None = Field(None, description="A response with this status starts a task.")
    absorbed: dict[str, Text] = Field(default_factory=dict, description="Query parameters the library sets: why.")
    record_wrappers: list[str] = Field(default_factory=list, description="Schema name parts that say nothing.")
    newest: dict[str, Text] = Field(
        default_factory=dict, description="Last path segment of lists that only grow: which property says when."
    )
    keyed: list[Text] = Field(
        default_factory=list, description="Object properties of records whose keys say something, and values little."
    )
    object_collections: dict[str, str] = Field(
        default_factory=dict, description="Type of the objects that JSON-RPC methods look up -> collection of REST."
    )
    free_text: list[str] = Field(
        default_factory=list, description="Path parameters whose values people choose: any text, even `.` and `..`."
    )
    slashed: list[str] = Field(default_factory=list, description="Paths whose last parameter may hold slashes.")
    own_collections: list[str] = Field(
        default_factory=list, description="Collections that XO keeps itself: whether it sees its pools says nothing."
    )
    task_collections: list[str] = Field(default_factory=list, description="Collections whose records are tasks.")
    fields_everywhere: list[str] = Field(
        default_factory=list, description="Properties of records of any type, whether or not its schema names them."
    )
    internal: list[str] = Field(
        default_factory=list, description="Properties of records that mean something to XO only: never shown."
    )
    names_beside: dict[str, dict[str, NameBeside]] = Field(
        default_factory=dict, description="Collection -> property with an id -> the name beside it."
    )
    mistakes: list[Mistake] = Field(default_factory=list, description="Failures that are the caller's mistake.")
    stats_spans: dict[str, int] = Field(
        default_factory=dict, description="Granularity of statistics -> seconds for which XO keeps them."
    )
    wishes: list[Wish] = Field(default_factory=list, description="What no tool can do, and who does.")
    names: list[str] = Field(default_factory=list, description="Properties that people know an object by, best first.")
    states: list[str] = Field(default_factory=list, description="Properties that hold the state of an object.")
    units: Units = Units()
    amounts: dict[str, Amount] = Field(
        default_factory=dict, description="Number in the arguments, at any depth, by name: what can't be meant."
    )
    verbs: dict[str, Effect] = Field(default_factory=dict, description="Effect of POST .../actions/<verb>.")

    @property
    def rendered(self) -> dict[str, Any]:
        """What the run-time library is given."""
        names = (
            "free_text",
            "slashed",
            "own_collections",
            "task_collections",
            "fields_everywhere",
            "internal",
            "names",
            "states",
        )
        beside = {
            collection: {name: rule.model_dump(by_alias=True, exclude_defaults=True) for name, rule in rules.items()}
            for collection, rules in self.names_beside.items()
        }
        own = {name: getattr(self, name) for name in names}
        mistakes = [each.model_dump() for each in self.mistakes]
        wishes = [each.model_dump() for each in self.wishes]
        own["stats_spans"] = self.stats_spans
        return own | {"wishes": wishes, "names_beside": beside, "mistakes": mistakes, "units": self.units.model_dump()}


class Shared(Strict):
    """`overrides/_shared.yaml`: what many tools have in common."""

    conventions: Conventions = Conventions()
    drop_deprecated: Text | None = Field(None, description="Why deprecated operations are dropped; absent: kept.")
    arguments: Annotated[ArgumentOverrides, AfterValidator(_says_descriptions)] = Field(
        default_factory=dict, description="By argument name, said once."
    )
    described_in_instructions: list[str] = Field(default_factory=list)
