"""The words of `practice serve / reset / scenarios` and their help."""

import argparse
import textwrap
from pathlib import Path

from m365backup_tui.practice.company.identity import COMPANIES, NORTHWIND

_SAYS = """
    A practice tenant: Microsoft Entra sign-in, Microsoft Graph, Azure Resource Manager and the
    admin center's pages of a made-up company, on this machine only (127.0.0.1 and ::1), for the
    wizard and for any other client. Nothing leaves the machine and nothing costs money.

    When it is ready it prints one line of JSON on standard output: where everything is
    (base_url, authority, graph, arm, portal, control), the certificate to trust (ca_file), and
    who can sign in (personas). Messages for people go to standard error.
"""
_AFTER = """
    It stops on Ctrl+C, SIGTERM, when the program that started it ends, and with --watch-stdin when
    its standard input is closed; always within two seconds, and nothing that was answered is lost.

    The folder: --state-dir is the tenant's own folder. The wizard keeps its practice tenant in
    <the wizard's --state-dir>/practice-tenant: give that folder here to serve the same tenant (not
    while the wizard is using it). Without --state-dir the tenant lives in a temporary folder
    and is gone when the server stops.

    Examples:
      m365backup-tui practice serve --port 8443 --state-dir ~/practice
      m365backup-tui practice serve --scenario throttled --fault 'H6 operation=graph nth=3'
      m365backup-tui practice serve --size 100000 --state-dir /tmp/big --ready-file /tmp/ready.json

    Exit codes: 0 stopped as asked, 1 could not start (the message says why), 2 wrong usage.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of all three commands."""
    top = argparse.ArgumentParser(
        prog="m365backup-tui practice", description="A practice tenant on this machine."
    )
    commands = top.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="run the practice tenant until you stop it",
        description=textwrap.dedent(_SAYS),
        epilog=textwrap.dedent(_AFTER),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _where(serve.add_argument_group("where it is"))
    _what(serve.add_argument_group("what it is like"))
    _ending(serve.add_argument_group("when it stops"))
    reset = commands.add_parser("reset", help="start a practice tenant over")
    reset.add_argument("--state-dir", type=Path, required=True, help="the folder it is kept in")
    scenarios = commands.add_parser("scenarios", help="list the scenarios")
    scenarios.add_argument("--json", action="store_true", help="as one JSON document")
    return top


def _where(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--port", type=_port, default=0, metavar="N", help="port on loopback (default: a free one)"
    )
    group.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="keep the tenant in this folder and find it there next time (default: a temporary "
        "folder, gone at the end)",
    )
    group.add_argument(
        "--ready-file",
        type=Path,
        metavar="FILE",
        help="write the ready document into this file too; it appears whole or not at all",
    )


def _what(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--size",
        metavar="SIZE",
        help="how big the company is: SMALL, MEDIUM (default), LARGE, or so many mailboxes, "
        "OneDrives and sites together, from 50 to 1000000. It is fixed when the folder is first "
        "used; a big one takes up to a minute then, and seconds later",
    )
    group.add_argument(
        "--company",
        metavar="NAME",
        help=f"which made-up company it is: {' or '.join(COMPANIES)} (default: {NORTHWIND.key}). Both "
        "have people, groups and sites of the same names; ids, domains and addresses are their own. "
        "It is fixed when the folder is first used",
    )
    group.add_argument(
        "--pace",
        type=float,
        metavar="X",
        help="how many times faster than Microsoft's the service's waits are (default: 300, an "
        "hour takes 12 seconds; 1 is real time)",
    )
    group.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="switch a scenario on, may be repeated; `practice scenarios` lists them",
    )
    group.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="WORDS",
        help="switch a fault on, may be repeated: its id, then options such as operation=graph, "
        "nth=3, rate=0.1, times=2, for=PT5M, retry_after=30",
    )
    group.add_argument(
        "--faults",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="switch on the faults of a YAML or JSON file: a list of objects such as "
        "{id: H1, operation: graph, nth: 3}",
    )
    group.add_argument(
        "--persona-auto",
        metavar="KEY",
        help="sign this person in without a page: every device code is approved by them",
    )


def _ending(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--watch-stdin", action="store_true", help="stop when standard input is closed"
    )
    group.add_argument(
        "--outlive-parent",
        action="store_true",
        help="go on when the program that started it ends (for a server that later steps use)",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return int(text)
