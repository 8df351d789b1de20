"""One setting of the server: its names, how its text is parsed, what it does."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "switch", "names", "number", "choice", "path"]
PREFIX = "XO_MCP_"
"""Variables with this prefix are ours alone: one we don't know is a typing mistake."""


@dataclass(frozen=True)
class Option:
    """One setting.

    Attributes:
        name: The attribute of `Config`.
        kind: How its text is read; `names` is a list separated by commas.
        group: Heading in `--help`.
        help: One or two sentences for the operator.
        env: The environment variable; by default `XO_MCP_` and the name.
        flag: The command line flag, by default the name; secrets have none, because other users see command lines.
        default: What holds when nothing is given; `None` means unset.
        choices: The words a `choice` accepts.
        metavar: Placeholder in `--help`.
        low: Smallest `number`.
        high: Largest `number`, `None` without bound.
        secret: Never shown.
    """

    name: str
    kind: Kind
    group: str
    help: str
    env: str = ""
    flag: str | None = ""
    default: str | int | None = None
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    low: int = 0
    high: int | None = None
    secret: bool = False

    def __post_init__(self) -> None:
        if not self.env:
            object.__setattr__(self, "env", PREFIX + self.name.upper())
        if self.flag == "":
            object.__setattr__(self, "flag", "--" + self.name.replace("_", "-"))
