"""A number and its noun, as messages say them."""


def counted(number: int, noun: str, *, more: str = "") -> str:
    """`1 tool`, `2 tools`, with what follows the noun: `1 operation more`."""
    return f"{number} {noun}{'' if number == 1 else 's'}{f' {more}' if more else ''}"
