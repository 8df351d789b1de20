"""Reports and queries of the command line at one XO of several, or at all of them (`--instance`)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from xo_mcp.config.config import Config
from xo_mcp.config.instances import EVERYWHERE, ONLY, load_instances
from xo_mcp.errors import ConfigError
from xo_mcp.inventory import engine, execution, together
from xo_mcp.inventory.reports import Part
from xo_mcp.nearest import suggestion
from xo_mcp.session import opened


def chosen(config: Config, name: str | None) -> Mapping[str, Config]:
    """The XOs to ask: one under the name `ONLY`, or each under its own.

    Raises:
        ConfigError: There are several and none is named, or there is none of that name.
    """
    known = load_instances(config)
    if ONLY in known:
        if name is not None:
            raise ConfigError("--instance goes with --instances, a file that names several XOs")
        return known
    if name == EVERYWHERE:
        return known
    if name not in known:
        hint = suggestion(name, known, count=1) if name else ""
        raise ConfigError(f"--instance is one of {', '.join(known)}, or {EVERYWHERE} for all of them{hint}")
    return {ONLY: known[name]}


@asynccontextmanager
async def fleets(configs: Mapping[str, Config], span: str) -> AsyncIterator[Mapping[str, engine.Inventory]]:
    """The fleet of each XO, open."""
    async with AsyncExitStack() as stack:
        found = {}
        for name, own in configs.items():
            session = await stack.enter_async_context(opened(own))
            inventory = engine.Inventory(session.client, span=span, release=own.known_release)
            found[name] = await stack.enter_async_context(inventory)
        yield found


async def reported_by_each(
    configs: Mapping[str, Config], ask: Callable[[Config], Awaitable[Sequence[Part]]]
) -> tuple[Sequence[Part], list[str]]:
    """Ask every XO for a report, and put the rows of each part together, with the XO's name first.

    Args:
        configs: By name of the XO.
        ask: Has one of them make the report.

    Returns:
        The parts, and who did not answer.

    Raises:
        XoMcpError: None of them answered.
    """
    found, failed = await together.each_of(configs, ask)
    parts = [_joined(dict(zip(found, same, strict=True))) for same in zip(*found.values(), strict=True)]
    return parts, together.missing(failed)


def _joined(parts: Mapping[str, Part]) -> Part:
    first = next(iter(parts.values()))
    rows = [(name, *row) for name, part in parts.items() for row in part.found.rows]
    notes = tuple(f"{name}: {note}" for name, part in parts.items() for note in part.found.notes)
    total = sum(part.found.total for part in parts.values())
    columns = next((part.found.columns for part in parts.values() if part.found.columns), ())
    return replace(first, found=execution.Found((together.COLUMN, *columns), rows, total, notes))
