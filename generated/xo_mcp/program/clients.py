"""MCP clients: where each keeps its servers, in which shape, and how it gets at a secret without holding it.

Each fact is from the client's own documentation, read in November 2026.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

System = Literal["linux", "macos", "windows"]
Form = Literal["json", "jsonc", "toml", "yaml"]
"""`jsonc` is JSON with comments and commas before closing brackets."""
Entry = dict[str, Any]
PATIENCE: Final = 300
"""Seconds that clients with such a setting wait for a call: a tool may follow a task for longer than a minute."""
SECRETS: Final[Mapping[str, str]] = {"XO_TOKEN": "Xen Orchestra token", "XO_PASSWORD": "Xen Orchestra password"}
"""Variables that are never written, to what they are called where a client asks for them."""


@dataclass(frozen=True)
class SettingsFolders:
    """Where programs keep their settings.

    Attributes:
        system: The operating system.
        environment: `os.environ`, or a stand-in.
    """

    system: System
    environment: Mapping[str, str]

    @property
    def home(self) -> Path:
        """The user's own folder."""
        return self._folder_in("USERPROFILE" if self.system == "windows" else "HOME") or Path.home()

    @property
    def applications(self) -> Path:
        """Where desktop applications keep theirs."""
        if self.system == "macos":
            return self.home / "Library" / "Application Support"
        return self.dotted

    @property
    def dotted(self) -> Path:
        """Where programs of the command line keep theirs, on macOS too."""
        if self.system == "windows":
            return self._folder_in("APPDATA") or self.home / "AppData" / "Roaming"
        return self._folder_in("XDG_CONFIG_HOME") or self.home / ".config"

    def folder(self, variable: str, usual: str) -> Path:
        """The folder that a variable names, or the usual one below the user's own."""
        return self._folder_in(variable) or self.home / usual

    def _folder_in(self, variable: str) -> Path | None:
        value = self.environment.get(variable)
        return Path(value) if value else None


def this_machine() -> SettingsFolders:
    """Those of this machine."""
    systems: dict[str, System] = {"darwin": "macos", "win32": "windows"}
    return SettingsFolders(systems.get(sys.platform, "linux"), os.environ)


@dataclass(frozen=True)
class Launch:
    """How a client starts the server.

    Attributes:
        command: The program, with its full path: clients often have another `PATH` than a shell.
        arguments: What follows it.
        environment: Variables with their values; none is a secret.
        secrets: Names of variables whose values the client must get elsewhere.
    """

    command: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: tuple[str, ...] = ()


def _stdio(launch: Launch, reference: str = "") -> Entry:
    """The entry that most clients take; `reference` is how a value names a variable of the client's environment."""
    named = {name: reference.format(name) for name in launch.secrets}
    return {"command": launch.command, "args": [*launch.arguments], "env": {**launch.environment, **named}}


def _typed(launch: Launch, reference: str) -> Entry:
    return {"type": "stdio", **_stdio(launch, reference)}


def _input_name(variable: str) -> str:
    return variable.lower().replace("_", "-")


def _vscode(launch: Launch) -> Entry:
    entry = {"type": "stdio", **_stdio(launch)}
    entry["env"] |= {name: f"${{input:{_input_name(name)}}}" for name in launch.secrets}
    return entry


def _prompts(launch: Launch) -> list[Entry]:
    return [
        {"type": "promptString", "id": _input_name(name), "description": SECRETS[name], "password": True}
        for name in launch.secrets
    ]


def _codex(launch: Launch) -> Entry:
    entry: Entry = {"command": launch.command, "args": [*launch.arguments]}
    forwarded = {"env_vars": [*launch.secrets]} if launch.secrets else {}
    return {**entry, **forwarded, "tool_timeout_sec": PATIENCE, "env": dict(launch.environment)}


def _goose(launch: Launch) -> Entry:
    return {
        "name": "Xen Orchestra",
        "description": "Virtual machines, hosts, storage and backups",
        "type": "stdio",
        "enabled": True,
        "cmd": launch.command,
        "args": [*launch.arguments],
        "envs": dict(launch.environment),
        "env_keys": [*launch.secrets],
        "timeout": PATIENCE,
    }


@dataclass(frozen=True)
class McpClient:
    """One client.

    Attributes:
        title: Its name.
        file: Its user's configuration.
        section: The key that holds its servers.
        form: How the file is written.
        entry: A server as it wants it.
        supplies: Where it takes a secret from, in words; empty when it can only hold it, so that we need a file.
        project: The same in the folder of a project, where it looks there.
        asks: What it asks its user for, added to the list `inputs`.
        then: What makes it read the file; `{title}` is its name.
    """

    title: str
    file: Callable[[SettingsFolders], Path]
    section: str
    form: Form
    entry: Callable[[Launch], Entry]
    supplies: str = ""
    project: str | None = None
    asks: Callable[[Launch], list[Entry]] | None = None
    then: str = "Restart {title}."


_FROM_ENVIRONMENT: Final = "{names} must be set in the environment that {title} is started in"
CLIENTS: Final[Mapping[str, McpClient]] = {
    "claude-desktop": McpClient(
        "Claude Desktop",
        lambda folders: folders.applications / "Claude" / "claude_desktop_config.json",
        "mcpServers",
        "json",
        _stdio,
    ),
    "claude-code": McpClient(
        "Claude Code",
        lambda folders: folders.folder("CLAUDE_CONFIG_DIR", "") / ".claude.json",
        "mcpServers",
        "json",
        lambda launch: _typed(launch, "${{{}}}"),
        supplies=_FROM_ENVIRONMENT,
        project=".mcp.json",
    ),
    "cursor": McpClient(
        "Cursor",
        lambda folders: folders.home / ".cursor" / "mcp.json",
        "mcpServers",
        "jsonc",
        lambda launch: _stdio(launch, "${{env:{}}}"),
        supplies=_FROM_ENVIRONMENT,
        project=".cursor/mcp.json",
    ),
    "vscode": McpClient(
        "VS Code",
        lambda folders: folders.applications / "Code" / "User" / "mcp.json",
        "servers",
        "jsonc",
        _vscode,
        supplies="{title} asks for {names} once, and keeps it",
        project=".vscode/mcp.json",
        asks=_prompts,
        then="Start the server in {title} with the command `MCP: List Servers`.",
    ),
    "codex": McpClient(
        "Codex",
        lambda folders: folders.folder("CODEX_HOME", ".codex") / "config.toml",
        "mcp_servers",
        "toml",
        _codex,
        supplies=_FROM_ENVIRONMENT,
        project=".codex/config.toml",
    ),
    "gemini": McpClient(
        "Gemini CLI",
        lambda folders: folders.home / ".gemini" / "settings.json",
        "mcpServers",
        "jsonc",
        lambda launch: _stdio(launch, "${}"),
        supplies=_FROM_ENVIRONMENT,
        project=".gemini/settings.json",
    ),
    "zed": McpClient(
        "Zed",
        lambda folders: folders.dotted / ("Zed" if folders.system == "windows" else "zed") / "settings.json",
        "context_servers",
        "jsonc",
        _stdio,
        project=".zed/settings.json",
        then="{title} reads the file at once.",
    ),
    "windsurf": McpClient(
        "Windsurf",
        lambda folders: folders.home / ".codeium" / "windsurf" / "mcp_config.json",
        "mcpServers",
        "json",
        lambda launch: _stdio(launch, "${{env:{}}}"),
        supplies=_FROM_ENVIRONMENT,
        then="Press Refresh in the list of MCP servers of {title}. It takes 100 tools in all.",
    ),
    "goose": McpClient(
        "Goose",
        lambda folders: (
            (folders.dotted / "Block" / "goose" / "config" if folders.system == "windows" else folders.dotted / "goose")
            / "config.yaml"
        ),
        "extensions",
        "yaml",
        _goose,
        supplies="{title} takes {names} from its keyring or its environment",
        then="Start a new session of {title}.",
    ),
    "lmstudio": McpClient(
        "LM Studio",
        lambda folders: folders.home / ".lmstudio" / "mcp.json",
        "mcpServers",
        "json",
        _stdio,
        then="{title} reads the file at once. A small model does best with --surface search.",
    ),
}
