"""The environment twins of the options that mean the same everywhere: `M365BACKUP_TUI_<OPTION>`.

What stands on the command line beats the environment. Nothing but the standard library is imported here.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path

PREFIX = "M365BACKUP_TUI_"
SWITCHES = ("practice", "json", "yes", "plain", "verbose", "no_color")
VALUES = ("scenario", "state_dir", "tenant", "passphrase_file")

ON, OFF = ("1", "yes", "on", "true"), ("", "0", "no", "off", "false")
ANY_TENANT = "organizations"
"""Every work or school account (auth.md: the authority of who has not said where they belong)."""

# A domain, an id, or one of Entra's words for "any": letters, digits, dots and hyphens.
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class WrongTwin(Exception):
    """Exit 2; the message names the variable, or the option, and what it may hold."""


def twin(name: str) -> str:
    """`state_dir` or `--state-dir` -> `M365BACKUP_TUI_STATE_DIR`."""
    return PREFIX + name.lstrip("-").replace("-", "_").upper()


def fill_in(arguments: argparse.Namespace, environ: Mapping[str, str]) -> None:
    """What was not given as an option comes from the environment. Raises WrongTwin."""
    for name in SWITCHES:
        if not getattr(arguments, name):
            setattr(arguments, name, switched_on(name, environ))
    again = vars(arguments).pop("scenario_again", None) or []
    arguments.scenario = [*(arguments.scenario or []), *again] or _words(environ, "scenario")
    arguments.tenant = _tenant(arguments.tenant, environ)
    if arguments.state_dir is None:
        arguments.state_dir = _folder(environ)
    if arguments.passphrase_file is None:
        arguments.passphrase_file = _file(environ)
    if arguments.scenario and not arguments.practice:
        raise WrongTwin(
            f"--scenario (or {twin('scenario')}) rehearses a bad day on the practice tenant: add --practice, or leave "
            "it out. Nothing was done."
        )


def switched_on(name: str, environ: Mapping[str, str]) -> bool:
    """Whether the twin of this switch is on. Raises WrongTwin for a word that says neither."""
    value = environ.get(twin(name), "").strip().lower()
    if value in ON:
        return True
    if value in OFF:
        return False
    raise WrongTwin(
        f"The environment variable {twin(name)} is {value!r}: it switches --{name.replace('_', '-')} on with 1 "
        "(yes, on, true) and off with 0 (no, off, false)."
    )


def _words(environ: Mapping[str, str], name: str) -> list[str]:
    return environ.get(twin(name), "").replace(",", " ").split()


def _tenant(given: str | None, environ: Mapping[str, str]) -> str:
    value = given or environ.get(twin("tenant"), "").strip() or ANY_TENANT
    if not _TENANT.fullmatch(value):
        where = "--tenant" if given else f"The environment variable {twin('tenant')}"
        raise WrongTwin(f"{where} is {value!r}: it takes a domain such as contoso.onmicrosoft.com.")
    return value


def _folder(environ: Mapping[str, str]) -> Path | None:
    value = environ.get(twin("state_dir"), "")
    if not value:
        return None
    folder = Path(value)
    if folder.exists() and not folder.is_dir():
        raise WrongTwin(
            f"The environment variable {twin('state_dir')} names {value}, which is no folder."
        )
    return folder


def _file(environ: Mapping[str, str]) -> Path | None:
    value = environ.get(twin("passphrase_file"), "")
    if not value:
        return None
    file = Path(value)
    if not file.exists():
        raise WrongTwin(
            f"The environment variable {twin('passphrase_file')} names {value}, which does not exist."
        )
    return file
