"""Text that enters Python source: only as a literal, a docstring or a comment, escaped in this one place."""

from typing import Any

_MARKUP = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]|#!"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})
"""Not every Markdown reader takes a backslash before `<` as an escape; each takes the entity."""


def literal(value: Any) -> str:
    """A Python literal of JSON data."""
    return repr(value)


def docstring(text: str, indent: str = "    ") -> str:
    """The lines between the triple quotes of a docstring, inert whatever `text` holds."""
    lines = [_escape(line) for line in text.splitlines()]
    return f"\n{indent}".join(lines).rstrip()


def _escape(line: str) -> str:
    kept = visible(line.replace("\\", "\\\\"))
    return kept.replace('"', r"\"") if '"""' in kept or kept.endswith('"') else kept


def visible(text: str) -> str:
    """Write what can't be seen as an escape sequence."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def markdown(text: str) -> str:
    """A table cell's text: no pipe, no markup, no line break gets through."""
    return _seen(text).translate(_MARKUP)


def code(text: str) -> str:
    """Inline code in Markdown, whatever backticks and pipes `text` holds; what could be HTML becomes plain text."""
    if "<" in text:
        return markdown(text)
    flat = _seen(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in _backtick_runs(flat)), default=0) + 1)
    padded = f" {flat} " if "`" in flat else flat
    return f"{fence}{padded}{fence}"


def _seen(text: str) -> str:
    """One line of `text`, without what can't be seen."""
    flat = " ".join(text.split())
    return flat if flat.isprintable() else "".join(char for char in flat if char.isprintable())


def _backtick_runs(text: str) -> list[str]:
    return [run for run in "".join(char if char == "`" else " " for char in text).split() if run]


def toml(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in escaped) + '"'
