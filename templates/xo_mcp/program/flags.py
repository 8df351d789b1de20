"""Help of a command with flags of its own: these first, then the flags of every command."""

import argparse


def before_flags(own: argparse.ArgumentParser, options: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """A parser that takes and explains the flags of a command, and after them those of every command.

    Args:
        own: The command's words and flags, without `--help`.
        options: The flags of every command. There are dozens, most of them for serving: the usage does not list them.
    """
    usage = own.format_usage().partition(" ")[2].strip().replace("%", "%%")
    return argparse.ArgumentParser(
        prog=own.prog,
        usage=f"{usage}\n       and the flags of every command, explained below",
        description=own.description,
        epilog=own.epilog,
        parents=[own, options],
        allow_abbrev=False,
    )
