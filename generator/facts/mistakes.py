"""Small mistakes of a document that refuse nothing: a part that can't be meant is left out, and named by builds."""

import re
from collections.abc import Iterator
from typing import Any

from generator.facts.shapes import Json, Place, entries, mapping, sequence, word

LEFT_OUT = "x-left-out"
"""Where facts note what is left out: place -> why."""
STATUS = "is no HTTP status"
TAG = "is a tag that is null"
_STATUS = re.compile(r"[1-5](\d\d|XX)|default")
_LONGEST = 60


class LeftOut:
    """The parts of one document that facts leave out.

    Args:
        noted: What facts of facts noted before.
    """

    def __init__(self, noted: Any) -> None:
        self.places = {str(place): why for place, why in mapping(noted, LEFT_OUT).items() if why in (STATUS, TAG)}

    @property
    def facts(self) -> Json:
        """As facts note it."""
        return {LEFT_OUT: dict(sorted(self.places.items()))} if self.places else {}

    def responses(self, raw: Any, place: Place) -> Iterator[tuple[str, Any, Place]]:
        """The answers of an operation, by status, and where each is.

        Raises:
            SpecError: They are no object.
        """
        for written, response in sorted(entries(raw, place).items()):
            status = "default" if written.lower() == "default" else written.upper()
            where = f"{place} > {written[:_LONGEST]}"
            if _STATUS.fullmatch(status):
                yield status, response, where
            elif not written.startswith("x-"):
                self.places[where] = STATUS

    def tags(self, raw: Any, place: Place) -> list[str]:
        """The tags of an operation, each once.

        Raises:
            SpecError: They are no list of words.
        """
        tags = sequence(raw, place)
        if None in tags:
            self.places[place] = TAG
        return list(dict.fromkeys(word(tag, place) for tag in tags if tag not in ("", None)))
