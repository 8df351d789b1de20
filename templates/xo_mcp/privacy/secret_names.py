"""Recognises by their names the arguments that carry secrets."""

import re

SECRET = re.compile(r"(?i)passw|passphrase|secret|token|credential|authorization|(private|api|ssh).?key|cloud_?config")
HIDDEN = "(not shown)"


def is_secret(name: str) -> bool:
    """Whether values of this name are kept out of questions, messages and records."""
    return SECRET.search(name) is not None
