"""The generator's errors: each is shown as one message, without a traceback.

GeneratorError
├── DocumentError      not readable, or not an OpenAPI 3.0 or 3.1 document
│   └── SourceError    the document could not be fetched at all
├── SpecError          sound JSON, but wrong at a named place
├── OverrideError      one of our decisions does not fit
├── NamingError        no usable or no unique name
└── BuildError         what was rendered does not hold
"""

LONGEST_MESSAGE = 2_000
LONGEST_PLACE = 300


class GeneratorError(Exception):
    """Base of every error a user can act on.

    What a document from the network contributes is made harmless here: no control characters, bounded length.

    Args:
        message: What happened and why, one or a few sentences.
        place: Where: a file, a URL, `GET /vms > parameters > id`, `components > schemas > VM`.
        hint: What to do next.
    """

    def __init__(self, message: str, *, place: str | None = None, hint: str | None = None) -> None:
        self.message = printable(message, LONGEST_MESSAGE)
        self.place = None if place is None else printable(place, LONGEST_PLACE)
        self.hint = None if hint is None else printable(hint, LONGEST_MESSAGE)
        super().__init__(self.message)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        if not self.hint:
            return f"{where}{self.message}"
        if self.hint[0].islower():
            return f"{where}{self.message}; {self.hint}"
        end = "" if self.message.endswith((".", "!", "?")) else "."
        return f"{where}{self.message}{end} {self.hint}"


class DocumentError(GeneratorError):
    """The document cannot be read, or is no OpenAPI 3.0 or 3.1 document."""


class SourceError(DocumentError):
    """The document could not be fetched: network, TLS, npm or file."""


class SpecError(GeneratorError):
    """The document can be read and is wrong at a named place."""


class OverrideError(GeneratorError):
    """An override is malformed, or fits nothing in the document."""


class NamingError(GeneratorError):
    """No name can be given, or two things would get the same one."""


class BuildError(GeneratorError):
    """What was rendered does not compile, does not import or fails a check."""


def printable(text: str, longest: int) -> str:
    """Show a text on a terminal, in one paragraph, without letting it command the terminal.

    Args:
        text: Anything, also from the network.
        longest: Characters kept; the rest becomes an ellipsis.
    """
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
