"""After a crash: one sentence on the terminal and a report without values in a private file.

Textual prints a traceback with every local variable (`show_locals=True`, a token among them:
reference/terminal.md §1). This writes file, line and function of each frame and the kind of the
error. The message of an error may quote data, so it is redacted and cut.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_KEYS = (
    r"token|secret|password|passphrase|code|assertion|authorization|auxiliary|cookie|key|verifier|nonce|state"
    r"|client_info|sig|tempauth"
)
_SECRETS = (
    re.compile(r"eyJ[\w-]{5,}(?:\.[\w-]*){0,4}"),  # JSON web tokens
    re.compile(r"(?i)\b(bearer|basic)\s+\S+"),
    re.compile(r"(?i)\benter the code \S+"),  # Entra's sentence about a device code
    re.compile(r"(?<=://)[^/\s@]*:[^/\s@]+(?=@)"),  # user and password of a proxy
    re.compile(
        rf"(?i)([\"']?(?:\b|(?<=%3F)|(?<=%26))[\w-]*(?:{_KEYS})\b(?:\\*[\"']?\s*(?:[=:]|%3D)|[\"']\s*,)\s*)"
        r"(b?\\*\"(?:[^\"\\]|\\+[^\"])*\\*\"|b?'[^']*'|[^\s,;&}]+)"
    ),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # addresses
    re.compile(r"[A-Za-z0-9_\-+/=]{40,}"),  # anything long enough to be a key
)
_LONGEST = 400


def redact(text: str) -> str:
    """`text` without tokens, secrets and addresses, cut to a few hundred characters."""
    for pattern in _SECRETS:
        text = pattern.sub(lambda m: (m[1] if m.lastindex == 2 else "") + "[removed]", text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " [cut]"


def report(error: BaseException, *, now: float | None = None) -> str:
    """The report: when, versions, and for each error in the chain its kind, words and frames."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    lines = [
        f"m365backup-tui stopped at {moment}",
        f"version {_version('m365backup-tui')}, textual {_version('textual')}, "
        f"python {platform.python_version()}, {sys.platform}",
        f"TERM={os.environ.get('TERM', '')} "
        f"ssh={'yes' if os.environ.get('SSH_CONNECTION') else 'no'}",
    ]
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines += ["", f"{type(link).__module__}.{type(link).__qualname__}: {redact(str(link))}"]
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(link.__traceback__)
        ]
        link = link.__cause__ or link.__context__
    return "\n".join(lines) + "\n"


def write_report(
    error: BaseException, folder: Path | None = None, *, now: float | None = None
) -> Path | None:
    """Write the report to a new file that only its owner can read; None when that is impossible.

    `folder` is made when it does not exist; without one the system's folder for temporary files.
    """
    try:
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file with mode 0600 and never follows a link.
        number, name = tempfile.mkstemp(prefix="crash-", suffix=".txt", dir=folder)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(report(error, now=now))
    except OSError:
        return None
    return Path(name)


def sentence(path: Path | None) -> str:
    """What the person reads after the terminal was restored."""
    where = (
        f"A report without your data is in {path}"
        if path
        else "The report could not be written to disk"
    )
    return (
        f"Something in the wizard broke and it had to stop. {where}. "
        "Start it again to go on from where it was."
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
