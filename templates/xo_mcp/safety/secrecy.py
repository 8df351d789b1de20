"""Which arguments carry secrets, told by their names."""

import re
from collections.abc import Mapping

SECRET = re.compile(r"(?i)passw|passphrase|secret|token|credential|authorization|(private|api|ssh).?key|cloud_?config")
HIDDEN = "(not shown)"


def is_secret(name: str) -> bool:
    """Whether values of this name are kept out of questions, messages and records."""
    return SECRET.search(name) is not None


def without_secrets(value: object) -> object:
    """Copy a JSON value with every secret replaced."""
    if isinstance(value, Mapping):
        return {name: HIDDEN if is_secret(str(name)) else without_secrets(part) for name, part in value.items()}
    return [without_secrets(part) for part in value] if isinstance(value, list) else value
