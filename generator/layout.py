"""Where things are in this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "specs"
OVERRIDES = ROOT / "overrides"
TEMPLATES = ROOT / "templates"
GENERATED = ROOT / "generated"
PAGE = ROOT / "build" / "tools.html"
