"""Text that enters Python source: only as a literal, a docstring or a comment, escaped in this one place."""

from typing import Any


def literal(value: Any) -> str:
    """A Python literal of JSON data."""
    return repr(value)


def docstring(text: str, indent: str = "    ") -> str:
    """The lines between the triple quotes of a docstring, inert whatever `text` holds."""
    lines = [_escape(line) for line in text.splitlines()]
    return f"\n{indent}".join(lines).rstrip()


def _escape(line: str) -> str:
    kept = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in _ascii_safe(line))
    return kept.replace('"', r"\"") if '"""' in kept or kept.endswith('"') else kept


def _ascii_safe(line: str) -> str:
    return line.replace("\\", "\\\\")


def markdown(text: str) -> str:
    """A table cell's text: no pipe, no markup, no line break gets through."""
    flat = " ".join(text.split())
    printable = "".join(char for char in flat if char.isprintable())
    for char in "\\`*_{}[]<>|#!":
        printable = printable.replace(char, "\\" + char)
    return printable


def code(text: str) -> str:
    """Inline code in Markdown, whatever backticks and pipes `text` holds."""
    flat = "".join(char for char in " ".join(text.split()) if char.isprintable()).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in _backtick_runs(flat)), default=0) + 1)
    padded = f" {flat} " if "`" in flat else flat
    return f"{fence}{padded}{fence}"


def _backtick_runs(text: str) -> list[str]:
    return [run for run in "".join(char if char == "`" else " " for char in text).split() if run]


def toml(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in escaped) + '"'
