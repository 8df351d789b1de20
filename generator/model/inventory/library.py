"""The run-time library's own judgement, so that what the build accepts is what the server accepts."""

import importlib
import sys
from functools import cache
from types import ModuleType

from generator.places import TEMPLATES

ALIAS = "generator_library"
"""What the library's source is called here: `xo_mcp` would be the installed, perhaps older one."""


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
