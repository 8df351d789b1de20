"""Makes texts from XO safe to show: names and descriptions are written by the owners of VMs.

A VM name can hold terminal escapes, characters that reverse the reading order, or text that only a model sees (Unicode
tags, variation selectors). Such characters become visible ASCII escapes, a backslash, `u` and the code; nothing is
dropped, so a reader sees that something odd was there, and `neutral_text` may be applied twice.
"""

import re
from typing import Final

# Unicode 15: Cc but tab and line feed, Cf, Cs, Zl and Zp, and what draws nothing though its category says otherwise:
# joiners, Hangul fillers, Khmer inherent vowels, variation selectors. VS16 stays: it only turns a sign into its emoji.
_UNSEEN: Final = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
_LONGEST_QUOTE: Final = 1000  # characters of a quotation
_LONGEST_LINE: Final = 65_536  # characters that are looked at for one line
_BARE: Final = re.compile(r"[\w-]{1,80}")


def is_bare_word(text: str) -> bool:
    """Whether a text, such as an id, can be in a filter of XO's without quotes."""
    return _BARE.fullmatch(text) is not None


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:  # noqa: PLR2004 - the widest code two digits hold
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - the widest four digits hold


def neutral_text(text: str) -> str:
    """Return `text` with each control, reordering or invisible character escaped; tab and line feed stay."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_escape, text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 200) -> str:
    """Return `text` as one neutral line of at most `limit` characters, for use inside a sentence."""
    line = " ".join(neutral_text(text[:_LONGEST_LINE]).split())
    return line if len(line) <= limit else line[: limit - 1] + "\u2026"


def as_sent(text: str, limit: int = _LONGEST_QUOTE) -> str:
    """Return `text` as it was sent, for a message that quotes it: spaces stay, and breaks are escaped.

    Args:
        text: From a caller.
        limit: Characters after which it is cut, which nothing sent in earnest comes near.
    """
    shown = neutral_text(text[:limit]).replace("\n", "\\n").replace("\t", "\\t")
    return shown if len(text) <= limit else f"{shown}\u2026"
