"""The shapes that every part of a document must have, checked one at a time."""

import re
from typing import Any

from generator.errors import SpecError

Json = dict[str, Any]
Place = str

_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,39}")


def mapping(value: Any, place: Place) -> Json:
    """Take an object.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, dict):
        raise SpecError(f"must be an object, is {kind(value)}", place=place)
    return value


def part(value: Any, place: Place) -> Json:
    """Take an object whose keys are those of the specification: one that is null says what its absence says.

    Raises:
        SpecError: It is something else.
    """
    return {key: entry for key, entry in mapping(value, place).items() if entry is not None}


def entries(value: Any, place: Place) -> Json:
    """Take an object whose keys are names that a document chose: an entry that is null says nothing about its name.

    Raises:
        SpecError: It is something else.
    """
    return {key: {} if entry is None else entry for key, entry in mapping(value, place).items()}


def sequence(value: Any, place: Place) -> list[Any]:
    """Take an array.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, list):
        raise SpecError(f"must be an array, is {kind(value)}", place=place)
    return value


def text(value: Any, place: Place) -> str:
    """Take a string that is not empty.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, str) or not value:
        raise SpecError(f"must be a string that is not empty, is {kind(value)}", place=place)
    return value


def word(value: Any, place: Place) -> str:
    """Take a string that is not empty, or a number as one: YAML reads `operationId: 5` as a number.

    Raises:
        SpecError: It is something else.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else text(value, place)


def token(value: Any, place: Place) -> str:
    """Take a name or version: one word of at most 40 characters.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise SpecError("must be one word", place=place)
    return value


def flag(value: Any, place: Place) -> bool:
    """Take true or false.

    Raises:
        SpecError: It is something else.
    """
    if not isinstance(value, bool):
        raise SpecError(f"must be true or false, is {kind(value)}", place=place)
    return value


def number(value: Any, place: Place) -> int | float:
    """Take a number.

    Raises:
        SpecError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecError(f"must be a number, is {kind(value)}", place=place)
    return value


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    kinds = {dict: "an object", list: "an array", bool: "a boolean", type(None): "null or missing"}
    if isinstance(value, str):
        return "a string" if value else "an empty string"
    return kinds.get(type(value), "a number")
