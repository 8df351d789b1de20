"""The base class of all overrides: unknown keys are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=600, pattern=r"\S")]
"""Words, not only spaces."""


class Strict(BaseModel):
    """Refuses keys it does not know: a misspelt decision must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
