"""What a person reads before they agree to a call, in words of our own."""

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


class Asked(Strict):
    """What a person reads before they agree to a call."""

    warning: Warnings = Field(
        default=(), description="What is lost and for whom; several lines may depend on the object."
    )
