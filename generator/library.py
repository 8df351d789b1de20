"""Loads modules of the run-time library, so that the build accepts exactly what the server accepts."""

import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from generator.layout import TEMPLATES

ALIAS = "generator_library"
"""What the library's source is called here: `xo_mcp` would be the installed, perhaps older one."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file that everybody may read, all of it or nothing.

    Raises:
        OSError: It can't be written; what was there is unchanged.
    """
    library_module("atomic").replace_file(path, content, mode=0o644)


@cache
def library_module(name: str) -> ModuleType:
    """Load a module of the library that uses nothing but Python's own and its neighbours, from its source.

    Args:
        name: Below the package, like `inventory.statement`.
    """
    if ALIAS not in sys.modules:
        package = ModuleType(ALIAS)
        package.__path__ = [str(TEMPLATES / "xo_mcp")]
        sys.modules[ALIAS] = package
    return importlib.import_module(f"{ALIAS}.{name}")


if TYPE_CHECKING:
    from xo_mcp import locations
else:
    locations = library_module("locations")
ANY_KEY = locations.ANY_KEY
EACH = locations.EACH
KEYS = locations.KEYS
Location = locations.Location
argument_locations = locations.argument_locations
schemas_at = locations.schemas_at
