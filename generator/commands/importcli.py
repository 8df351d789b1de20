"""The command `import`: a Swagger, or what the JSON-RPC API reports of its methods, becomes facts under specs/."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from generator.commands.exitcodes import IN_ORDER
from generator.commands.printing import print_json
from generator.commands.upgradecli import iso_date
from generator.layout import SPECS


def add_import(commands: Any) -> None:
    """Add the command to the command line."""
    text = "turn a Swagger into facts under specs/"
    command = commands.add_parser("import", help=text, description=text)
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--url", help="a live XO")
    source.add_argument("--npm", metavar="VERSION|latest", help="the npm package @xen-orchestra/rest-api")
    source.add_argument("--file", type=Path, help="a Swagger file")
    source.add_argument(
        "--jsonrpc", metavar="URL|FILE", help="XO's JSON-RPC methods: a live XO, or what it said of them"
    )
    command.add_argument("--release", help="the XO release, e.g. 6.7.1")
    command.add_argument(
        "--date", type=iso_date, help="the day XO released it, e.g. 2026-08-04, for specs/releases.toml"
    )
    command.add_argument(
        "--out", type=Path, help="where to write (default: specs/xo-RELEASE.json, specs/jsonrpc/xo-RELEASE.json)"
    )
    command.add_argument("--insecure", action="store_true", help="with --url: do not verify the TLS certificate")
    command.add_argument("--ca-file", type=Path, help="with --url: trust this certificate authority")
    command.add_argument("--json", action="store_true", help="for scripts")
    command.set_defaults(run=_import)


def _import(options: argparse.Namespace, console: Console) -> int:
    from generator.history.tracing import record_release  # this command alone needs these
    from generator.importing.importer import import_spec
    from generator.importing.sources import Source

    if options.jsonrpc is not None:
        return _import_methods(options, console)
    source = Source(
        url=options.url, npm=options.npm, file=options.file, insecure=options.insecure, ca_file=options.ca_file
    )
    with console.status("import"):
        report = import_spec(source, release=options.release, out=options.out, plugins=options.out is not None)
        if options.out is None:
            record_release(SPECS, report, date=options.date or "")
    if options.json:
        print_json(report.as_dict())
    console.print(Text(report.text))
    return IN_ORDER


def _import_methods(options: argparse.Namespace, console: Console) -> int:
    from generator.importing.methods import import_methods  # an import of operations does without

    with console.status("import"):
        report = import_methods(
            options.jsonrpc,
            release=options.release,
            out=options.out,
            insecure=options.insecure,
            ca_file=options.ca_file,
        )
    if options.json:
        print_json(report.as_dict())
    console.print(Text(report.text))
    return IN_ORDER
