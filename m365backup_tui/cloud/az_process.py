"""One run of `az`: its standard output, or a sentence that says why there is none."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

MOST_BYTES = 1_000_000
# Somewhere without a file that Python or Windows would load in place of `az`'s own, as azure-identity does it.
_SAFE_FOLDER = os.environ.get("SYSTEMROOT", "C:\\Windows") if os.name == "nt" else "/"
_NOT_LOGGED_IN = re.compile(r"az login|az account set|No subscription found", re.IGNORECASE)
_TOO_OLD = re.compile(r"unrecognized arguments|misspelled or not recognized", re.IGNORECASE)
_NUMBER = re.compile(r"AADSTS\d{5,7}")


class AzFailedError(Exception):
    """The message is a sentence for the person; what `az` itself said is not in it."""


async def run_az(
    program: str, words: Sequence[str], environ: Mapping[str, str], seconds: float
) -> str:
    """Raises AzFailedError. Cancelled, or after `seconds`, the process and what it started are ended."""
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=_SAFE_FOLDER,
            env={**environ, "AZURE_CORE_NO_COLOR": "true", "AZURE_CORE_ONLY_SHOW_ERRORS": "true"},
            start_new_session=True,  # `az` is a script that starts Python: both have to end
        )
    except OSError as error:
        raise AzFailedError(
            f"Azure CLI cannot be started: {error.strerror or type(error).__name__}."
        ) from None
    try:
        out, err = await asyncio.wait_for(_outputs(process), seconds)
    except TimeoutError:
        await _end(process)
        raise AzFailedError(f"Azure CLI did not answer within {seconds:g} seconds.") from None
    except BaseException:  # cancelled
        await asyncio.shield(_end(process))
        raise
    if len(out) > MOST_BYTES:
        raise AzFailedError("Azure CLI gave an answer that cannot be read.")
    if process.returncode:
        raise AzFailedError(_why(err.decode(errors="replace"), process.returncode))
    return out.decode(errors="replace")


async def _outputs(process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    out, err = process.stdout, process.stderr
    assert out is not None  # noqa: S101 - both are pipes
    assert err is not None  # noqa: S101
    both = await asyncio.gather(_all_of(out, process), _all_of(err, process))
    await process.wait()
    return both[0], both[1]


async def _all_of(stream: asyncio.StreamReader, process: asyncio.subprocess.Process) -> bytes:
    """To its end, also when that is too much: asyncio waits for a process until its pipes are empty."""
    found = b""
    while part := await stream.read(65536):
        if len(found) <= MOST_BYTES:
            found += part
        else:
            _kill(process)
    return found


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the process and waits for that."""
    _kill(process)
    await _outputs(process)


def _kill(process: asyncio.subprocess.Process) -> None:
    """The whole group: where `az` itself has ended it may have left something behind that holds the pipe."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _why(said: str, code: int) -> str:
    if number := _NUMBER.search(said):
        return f"Azure CLI's session was refused ({number.group()}): run `az login`, or sign in for Azure here."
    if _NOT_LOGGED_IN.search(said):
        return "Nobody is signed in to Azure CLI on this host."
    if _TOO_OLD.search(said):
        return "This version of Azure CLI is too old to be used here."
    return f"Azure CLI ended with code {code}."
