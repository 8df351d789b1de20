"""Stops mypy on a stale `generated/`: it would check code that nobody edits."""

import importlib.util
from pathlib import Path

from mypy.plugin import Plugin

ROOT = Path(__file__).resolve().parent.parent


def plugin(_version: str) -> type[Plugin]:
    """Be asked by mypy for its plugin, which changes nothing.

    Raises:
        SystemExit: `generated/` is stale.
    """
    # By its path: mypy forbids changes of sys.path here, and another tree may be the one that is installed.
    spec = importlib.util.spec_from_file_location("generator.freshness", ROOT / "generator" / "freshness.py")
    assert spec is not None  # noqa: S101 - the file is there
    assert spec.loader is not None  # noqa: S101 - and it is a module
    freshness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(freshness)
    if text := freshness.staleness(ROOT):
        raise SystemExit(text)
    return Plugin
