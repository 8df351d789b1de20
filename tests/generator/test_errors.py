"""Errors are read by people on a terminal."""

from generator.errors import (
    BuildError,
    DocumentError,
    GeneratorError,
    NamingError,
    OverrideError,
    SourceError,
    SpecError,
    printable,
)


def test_place_reason_and_next_step_in_one_line():
    error = SpecError("must be an object", place="GET /vms", hint="Look at line 3.")
    assert str(error) == "GET /vms: must be an object. Look at line 3."
    assert str(SpecError("there is no size", hint="nearest: sizes")) == "there is no size; nearest: sizes"
    assert str(SpecError("Really?", hint="Yes.")) == "Really? Yes."
    assert str(SpecError("plain")) == "plain"


def test_one_base_for_all():
    for kind in (BuildError, DocumentError, NamingError, OverrideError, SourceError, SpecError):
        assert issubclass(kind, GeneratorError)
    assert issubclass(SourceError, DocumentError)


def test_text_from_a_document_commands_no_terminal():
    error = SpecError("\x1b[31mred\x07 \u202eevil", place="\r" * 1000, hint="\x00")
    assert str(error).isprintable()
    assert len(error.place or "") == 300


def test_printable_keeps_letters_escapes_line_breaks_and_cuts_the_rest():
    assert printable("Größe\nzwei", 50) == "Größe\\nzwei"
    assert printable("x" * 10, 5) == "xxxx…"
