"""The texts of the question that a person reads before they agree to a call."""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from generator.model.strict import Strict, Text

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class WarningCase(Strict):
    """One line, said when the object is as it supposes.

    Attributes:
        when: Property of the object, as its GET shows it (`blockedOperations.destroy` for one inside) -> the texts it
            may be, or `true` for any that is not empty.
        text: May show properties, `{power_state}`; said only when the object has them all.
    """

    when: dict[str, list[str] | Annotated[bool, Field(strict=True)]] = Field(default_factory=dict)
    text: Text

    @property
    def properties(self) -> list[str]:
        """The properties of the object that it needs."""
        return [*self.when, *PLACEHOLDER.findall(self.text)]

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if False in self.when.values() or [] in self.when.values():
            raise ValueError("`when` takes texts, or true for any value that is not empty")
        return self


def _text_is_a_case(value: Any) -> Any:
    return [{"text": value}] if isinstance(value, str) else value


def _ends_with_one_for_all(cases: tuple[WarningCase, ...]) -> tuple[WarningCase, ...]:
    for case in cases[:-1]:
        if not case.properties:
            raise ValueError(f"what follows {case.text!r} is never said: give it a `when`, or put it last")
    if cases and cases[-1].properties:
        raise ValueError("the last line must hold for every object, without `when` and placeholders")
    return cases


Warnings = Annotated[
    tuple[WarningCase, ...],
    BeforeValidator(_text_is_a_case, json_schema_input_type=Text | list[WarningCase]),
    AfterValidator(_ends_with_one_for_all),
]
"""Cases, of which the first that fits the object is said; a text alone is one for every object."""


Sql = Annotated[str, Field(min_length=1, max_length=4000)]


class Finding(Strict):
    """One line about what a call will do, found out for it: a SELECT over the inventory, and what its rows mean.

    The SELECT may use `:ids` (the objects the call is about, a JSON array), every argument of the tool by its name
    (lists and objects as JSON), `:own` (the VM that runs XO, a JSON array of its id) and `:now` (epoch seconds). It
    must not answer what changes by itself, such as a load: an agreement holds only while the line stays the same.
    """

    text: Text = Field(
        description="`{count}`: rows; `{names}`: column `name` of each, `detail` in brackets; any other column, summed."
    )
    sql: Sql
    none: Text | None = Field(None, description="Said when there are no rows.")
    given: list[str] = Field(
        default_factory=list, description="Looked at only when these arguments are given, not false."
    )

    @property
    def placeholders(self) -> list[str]:
        """What the text shows."""
        return PLACEHOLDER.findall(self.text)


class Moves(Strict):
    """Where objects are before a call and after it: what the answer says moved.

    The SELECT answers `id`, `name`, `place`: of all that may move while `:tracked` is NULL, of the ids in it (a JSON
    array) otherwise.
    """

    sql: Sql
    given: list[str] = Field(
        default_factory=list, description="Looked at only when these arguments are given, not false."
    )


class OwnVm(Strict):
    """What a call does to the VM that runs XO, if that is among what it is about: makes it ask."""

    does: Text = Field(description="A verb, `stops`.")
    given: list[str] = Field(default_factory=list, description="Only when these arguments are given, not false.")


def _text_is_a_verb(value: Any) -> Any:
    return {"does": value} if isinstance(value, str) else value


class Confirmation(Strict):
    """What a person reads before they agree to a call."""

    warning: Warnings = Field(
        default=(), description="What is lost and for whom; several lines may depend on the object."
    )
    consequences: list[Finding] = Field(default_factory=list, description="What this call will do, found out for it.")
    no_consequences: Text | None = Field(None, description="Why nothing need be found out: the warning says it all.")
    asks_when: list[Finding] = Field(
        default_factory=list, description="Rows make a person be asked, whatever the effect, and say why."
    )
    own_vm: Annotated[OwnVm | None, BeforeValidator(_text_is_a_verb, json_schema_input_type=Text | OwnVm | None)] = (
        Field(None, description="What it does to the VM that runs XO itself.")
    )
    moves: Moves | None = Field(None, description="What the answer says of objects that moved.")

    @model_validator(mode="after")
    def _none_or_some(self) -> Self:
        if self.no_consequences and self.consequences:
            raise ValueError("`no_consequences` says why there are none, and here are some")
        return self

    @property
    def may_ask(self) -> bool:
        """Whether a plain write may ask, depending on what it would do."""
        return bool(self.asks_when) or self.own_vm is not None
