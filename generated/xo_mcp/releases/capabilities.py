"""What the connected XO lacks, because it is older than the release this package was made from or a plugin is absent.

Releases share version numbers of the API and nothing in XO's document names the release (XO 6.7.1), so an XO is
recognised by its operations.
"""

from collections.abc import Collection
from dataclasses import dataclass

from xo_mcp.definitions import CALL, Entry
from xo_mcp.releases.pruning import as_earlier, prune
from xo_mcp.releases.release_detection import numbers, shape


@dataclass(frozen=True)
class Capabilities:
    """What is known about the XO at hand.

    Attributes:
        release: The release it is, or looks like.
        operations: Its own list of operations, when it was asked.
        plugins: The plugins of ours it has, when it was asked.
        methods: Those of its JSON-RPC API, when it was asked and answered.
    """

    release: str
    operations: Collection[str] | None = None
    plugins: Collection[str] | None = None
    methods: Collection[str] | None = None

    @property
    def is_sure(self) -> bool:
        """Whether XO itself said so; else an earlier start learned it, or the operator set it."""
        return self.plugins is not None

    def lacks(self, entry: Entry) -> str | None:
        """Say why it can't serve a tool, or nothing."""
        facts = entry.facts
        if facts.operation is None:
            return None
        if facts.plugin is not None:
            absent = self.plugins is not None and facts.plugin not in self.plugins
            return f"this XO does not run the plugin {facts.plugin}" if absent else None
        if facts.method == CALL:
            absent = self.methods is not None and facts.route not in self.methods
            late = newer(facts.since, self.release) if self.methods is None else None
            return "this XO lacks its JSON-RPC method" if absent else late
        if self.operations is None:
            return newer(facts.since, self.release) or self._lacks_argument(entry)
        if shape(facts.operation) in self.operations:
            return self._lacks_argument(entry)
        return f"this XO lacks it{f'; it came with XO {facts.since}' if facts.since else ''}"

    def fitted(self, entry: Entry) -> Entry:
        """The tool as this release has it: without what came later, with what it wants of arguments."""
        late = [name for name, since in entry.facts.arguments_since.items() if newer(since, self.release)]
        values = {
            name: {value for since, found in by_release.items() if newer(since, self.release) for value in found}
            for name, by_release in entry.facts.values_since.items()
        }
        demands = [
            demand
            for demand in entry.facts.earlier
            if not newer(demand["since"], self.release) and newer(demand["before"], self.release)
        ]
        if not late and not any(values.values()) and not demands:
            return entry
        schema = prune(as_earlier(entry.schema, demands), late, values)
        return Entry({**entry.definition, "inputSchema": schema}, entry.facts)

    def _lacks_argument(self, entry: Entry) -> str | None:
        """Say which required argument came later: without it, a tool can't be called."""
        required = entry.schema.get("required", ())
        for name, since in entry.facts.arguments_since.items():
            if name in required and newer(since, self.release):
                return f"its argument {name} came with XO {since}"
        return None


def newer(since: str | None, release: str) -> str | None:
    """Say that something came after a release; `6.1` means every 6.1.x."""
    if since is None:
        return None
    wanted = numbers(release)
    if numbers(since)[: len(wanted)] <= wanted:
        return None
    return f"XO {release} lacks it; it came with XO {since}"
