"""What a command is about when nothing else was asked for."""

import argparse

from generator.layout import GENERATED


def is_usual(options: argparse.Namespace) -> bool:
    """Whether this is about what the repository commits."""
    chosen = (options.spec, options.overrides, getattr(options, "xo_url", None))
    return chosen == (None, None, None) and options.out == GENERATED
