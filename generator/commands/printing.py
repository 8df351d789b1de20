"""Prints the JSON output of commands, for scripts."""

import json
import sys
from typing import Any


def print_json(data: Any) -> None:
    """Print data as JSON on standard output."""
    sys.stdout.write(json.dumps(data, indent=2) + "\n")
