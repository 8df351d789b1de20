"""Whether a command is about the committed specs, overrides and `generated/`, or about others."""

import argparse

from generator.layout import GENERATED


def is_usual(options: argparse.Namespace) -> bool:
    """Whether this is about what the repository commits."""
    chosen = (options.spec, options.overrides, getattr(options, "xo_url", None))
    return chosen == (None, None, None) and options.out == GENERATED
