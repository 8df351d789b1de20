"""What `xen-orchestra-mcp doctor` can see without asking XO: settings, files and folders."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

import anyio

from xo_mcp.config.config import SECRET_FILES, Config, require_files, secret_files, shared_key
from xo_mcp.definitions import load_entries
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.program.check_results import CheckResult, fail, ok, warn
from xo_mcp.safety.audit import AuditLog
from xo_mcp.safety.nonces import open_nonces
from xo_mcp.safety.policy import UNCHOSEN, chosen_toolsets, offer

_EXPORTS: Final = frozenset({"download", "fetch"})
"""Kinds of tools that write what XO exports into the folder."""
_GIB: Final = 1 << 30
_LOW: Final = 5 * _GIB
"""Bytes below which a folder for exports of whole VMs is called small."""


def look_around(config: Config) -> Iterator[CheckResult]:
    """Check everything on this side of the connection."""
    yield from _settings(config)
    yield from check_secret_files(config)
    yield from _clients(config)
    yield _tools(config)
    yield _downloads(config)
    yield _uploads(config)
    yield _audit(config)
    if config.shared_state is not None:
        yield _shared_state(config, config.shared_state)


def _settings(config: Config) -> Iterator[CheckResult]:
    for warning in config.warnings:
        yield warn("settings", warning, "Correct or remove that variable; `xen-orchestra-mcp config` shows the others.")
    try:
        require_files(config)
        shared_key(config)
        open_nonces(None if config.shared_state else config.confirm_key_file)
    except ConfigError as error:
        yield fail("settings", str(error), "Make it, let this user read it, or name the right one.")


def check_secret_files(config: Config, names: Collection[str] = SECRET_FILES) -> Iterator[CheckResult]:
    """See that nobody else reads files that hold secrets.

    Args:
        config: Names the files.
        names: Of the settings to look at.
    """
    for name, file, mode in secret_files(config, names):
        label = name.replace("_", " ")
        if mode:
            yield warn(label, f"{file} can be read by other users of this machine (mode {mode:o})", f"chmod 600 {file}")
        else:
            yield ok(label, f"{file} is readable by its owner alone")


def _clients(config: Config) -> Iterator[CheckResult]:
    """See who may connect over HTTP, and that an issuer of tokens has keys."""
    if config.transport != "http":
        return
    from xo_mcp.web import http, issuer  # a server on stdio never loads them

    try:
        http.authentication(config)
        http.security(config)
        if config.oauth_issuer:
            anyio.run(issuer.IssuerKeys(config.oauth_issuer).fetch)
    except ConfigError as error:
        yield fail("clients", str(error), "Correct that setting; `xen-orchestra-mcp config` shows where it comes from.")
    except issuer.IssuerError as error:
        why = f"no keys of {config.oauth_issuer}, so no token can be checked: {error}"
        yield fail("clients", why, "See that --oauth-issuer is right, and can be reached from here.")
    else:
        yield ok("clients", http.guard(config))


def _tools(config: Config) -> CheckResult:
    entries = load_entries()
    try:
        offered = offer(entries, config)
    except ConfigError as error:
        return fail("tools", str(error), "Correct that name; `xen-orchestra-mcp tools` shows what there is.")
    writes = sum(entry.facts.effect != "read" for entry in offered.entries)
    text = f"{len(offered.entries)} of {len(entries)} are offered, {writes} of them change something"
    if offered.warnings:
        return warn("tools", f"{text}; {offered.warnings[0]}", "See `xen-orchestra-mcp tools` with the same settings.")
    return ok("tools", text)


def _downloads(config: Config) -> CheckResult:
    check, folder = "download folder", config.download_dir
    if folder is None:
        return ok(check, "none: exports are refused; --download-dir FOLDER allows them")
    # It is made when the first export is written.
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    trouble = None if there.is_dir() else "it is not a folder"
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        trouble = trouble or error.strerror or "it can't be written"
    if trouble:
        return fail(check, f"{folder}: {trouble}", f"Let this user write to {there}, or name another --download-dir.")
    free = shutil.disk_usage(there).free
    is_made = "can be written" if there == folder else "will be made"
    text = f"{folder} {is_made}, {free / _GIB:,.0f} GiB are free{_without_exports(config)}"
    if free < _LOW:
        return warn(
            check, text, "Free some space, or name a --download-dir on a larger disk: a VM's export is as big as it."
        )
    return ok(check, text)


def _without_exports(config: Config) -> str:
    """Say that no tool would write into the folder, and which toolsets have some."""
    entries = load_entries()
    try:
        offered = offer(entries, config)
        given = chosen_toolsets(entries, config)
    except ConfigError:
        return ""  # the check of the tools says it
    if any(entry.facts.kind in _EXPORTS for entry in offered.entries):
        return ""
    exports = [entry for entry in entries if entry.facts.kind in _EXPORTS]
    missing = [entry.facts.tags[0] for entry in exports if offered.hidden.get(entry.name, "").startswith(UNCHOSEN)]
    if not missing:
        return "; no tool that exports is offered: `xen-orchestra-mcp tools` with the same settings says why"
    first, *others = dict.fromkeys(tag for tag, _ in Counter(missing).most_common())
    likewise = f" (likewise {', '.join(others)})" if others else ""
    return f"; no tool that exports is offered: --toolsets {','.join([*given, first])} adds some{likewise}"


def _uploads(config: Config) -> CheckResult:
    check, folder = "upload folder", config.upload_dir
    if folder is None:
        return ok(check, "none: imports are refused; --upload-dir FOLDER allows them")
    try:
        with os.scandir(folder) as entries:
            count = sum(1 for _ in entries)
    except OSError as error:
        return fail(check, f"{folder}: {error.strerror}", f"Let this user read {folder}, or name another --upload-dir.")
    return ok(check, f"{folder} can be read, it has {count} entries")


def _audit(config: Config) -> CheckResult:
    check = "audit log"
    if config.audit_log is None:
        if not config.enable_actions:
            return ok(check, "none needed: this server only reads")
        return warn(check, "none: nobody will know what was changed", "Name a file with --audit-log.")
    try:
        AuditLog(config.audit_log)
    except ConfigError as error:
        return fail(check, str(error), "Let this user write there, or name another --audit-log.")
    return ok(check, f"{config.audit_log} can be written")


def _shared_state(config: Config, url: str) -> CheckResult:
    from xo_mcp.cluster.connection import SETTING, check_url  # only a cluster needs it
    from xo_mcp.cluster.store import Store

    check = "shared state"

    try:
        source = config.sources.get("shared_state", SETTING)
        check_url(url, source)
        key = shared_key(config)
        if key is None:
            return fail(check, f"{source} needs --confirm-key-file", "Give every worker the same file with a secret.")
        anyio.run(Store(url, key).check)
    except ConfigError as error:
        return fail(check, str(error), "Correct that setting; `xen-orchestra-mcp config` shows where it comes from.")
    except CallError as error:
        return fail(check, str(error), f"See that {SETTING} is right, and can be reached from here.")
    return ok(check, "the store answers")
