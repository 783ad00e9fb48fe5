"""The evidence report of one run as a file: JSON for programs, text for people."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from m365backup_tui.domain.plan import NOTIFICATIONS
from m365backup_tui.headless.sitting import Usage
from m365backup_tui.journal.chain import Chain

_HOW = """\
How to check: each line of the record ends with its own hash: the sha256 of the hash in the line before it (64 zeros
before the first) followed by the line without ,"hash":"...". Whoever can write the record could also write all of it
anew, or cut off whole lines at its end. log.jsonl beside the folder of the record knows its length and hash at each
beginning, resuming and end, and was compared; against whoever can write both, keep this report somewhere else. The end
of the chain named above then has to stand in the record as the hash of that line, for ever."""

_OLD = ": an earlier version wrote no more, or it was removed."


def check_name(file: Path) -> None:
    """Raises Usage where the ending says neither text nor JSON."""
    if file.suffix.lower() not in (".json", ".txt"):
        raise Usage(f"{file}: a name ending in .json or .txt says how the report is to be written.")


def save(file: Path, facts: Mapping[str, Any]) -> None:
    """A new file, for this person only (0600): it names accounts. Raises Usage where it exists or cannot be made."""
    check_name(file)
    as_json = file.suffix.lower() == ".json"
    text = json.dumps(facts, indent=2) if as_json else "\n".join(report(facts))
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Usage(f"{file} is there already; a report never replaces another file.") from None
    except (OSError, ValueError) as error:
        raise Usage(f"{file} cannot be written: {_why(error)}.") from error
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        file.unlink(missing_ok=True)  # half a report is none
        raise Usage(f"{file} cannot be written: {_why(error)}.") from error


def chain_words(chain: Chain) -> list[str]:
    """The verdict, and what is wrong, each in a line."""
    lines = f"{chain.count} line{'' if chain.count == 1 else 's'}"
    words = [f"Chain: {chain.verdict}, {lines}, ends with {chain.end}"]
    words += [f"  {change[0].upper()}{change[1:]}." for change in chain.breaks]
    return words + _soft(chain.unchained, len(chain.torn))


def report(facts: Mapping[str, Any]) -> list[str]:
    """One line a fact. What is not printable in a name cannot pretend to be a line of the report."""
    return ["".join(c if c.isprintable() else "?" for c in line) for line in _report(facts)] + [
        "",
        *_HOW.splitlines(),
    ]


def _report(facts: Mapping[str, Any]) -> Iterator[str]:
    chain = facts["chain"]
    yield f"Evidence of run {facts['run']}"
    yield f"Written {facts['exported']} by {facts['program']} from {facts['record']}"
    yield ""
    yield f"Chain: {chain['verdict']}"
    yield from (f"  {words[0].upper()}{words[1:]}." for words in chain["breaks"])
    yield from _soft(chain["unchained"], chain["torn_bytes"])
    yield f"  {chain['lines']} lines; the end of the chain, line {chain['lines']}:"
    yield f"  {chain['end']}"
    if notes := facts["notes_in_log"]:
        yield f"  Compared with {notes} note{'' if notes == 1 else 's'} of it in the tenant's log."
    else:
        yield "  The tenant's log has no note of it: lines missing at its end would not be seen."
    if chain["breaks"]:
        yield "What follows comes from the lines that were not changed. It is not complete."
    if facts["unreadable"]:
        yield f"Not readable as a run: {facts['unreadable']}."
    yield ""
    yield "Who and when"
    for who in facts["who"]:
        yield (
            f"  {who['at']}  {who['did']}  {who['account']}  (object {who['object_id']}, "
            f"tenant {who['tenant_id']}, version {who['version']}, line {who['line']})"
        )
        yield from (f"    {remark}" for remark in who["remarks"])
    if facts["plan"] is None:
        return
    if facts["ended"]:
        yield f"  {facts['ended']}  end"
    if not facts["closed"]:
        yield "  No closing line: the run goes on, was cut off, or its last lines were removed."
    yield f"Result: {facts['result']}{_after(facts['note'])}"
    yield ""
    yield from _plan(facts["plan"])
    yield ""
    yield "Writes"
    for number, write in enumerate(facts["writes"], 1):
        yield from _write(number, write)
    if facts["failed_units"]:
        yield "Not protected at the end"
        yield from (_unit(item) for item in facts["failed_units"])


def _plan(plan: Mapping[str, Any]) -> Iterator[str]:
    yield f"Plan for {plan['tenant_name']} ({plan['tenant_id']}), made {plan['made_at']}"
    yield f"  sha256 {plan['sha256']}, {_resting(plan['observed'])}"
    yield from (f"  {change['sign']} {_change(change)}" for change in plan["changes"])


def _change(change: Mapping[str, Any]) -> str:
    if not change["product"]:
        return f"{NOTIFICATIONS}: {change['what']}"
    units = f"{change['adds']} added, {change['removes']} removed"
    return f"{change['product']} “{change['policy']}”: {units}"


def _resting(observed: Any) -> str:
    """Up to version 0.3 a digest; now the policies themselves, which the JSON report lists."""
    if isinstance(observed, str):
        return f"resting on the policies with digest {observed}"
    return (
        f"resting on {len(observed)} polic{'y' if len(observed) == 1 else 'ies'} as they were then"
    )


def _write(number: int, write: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {number}. {write['what']}: {write['outcome']}{_after(write['note'])}"
    if write["policy_id"]:
        yield f"     policy {write['policy_id']}"
    for event in write["events"]:
        words = [event["event"], event["outcome"]]
        if event["request_id"]:
            words.append(f"request {event['request_id']}")
        told = " ".join(filter(None, words))
        yield f"     {event['at']}  {told}{_after(event['note'])}  (line {event['line']})"
    yield from (f"     unit {u['name']}  {u['address']}  {u['key']}" for u in write["units"])
    yield from (f"     out {u['name']}  {u['address']}  {u['key']}" for u in write["removes"])
    yield from (f"     not taken:{_unit(item)}" for item in write["refused"])


def _unit(item: Mapping[str, Any]) -> str:
    return f"  {item['name']}  {item['address']}  {item['code']}{_after(item['reason'])}"


def _after(note: str) -> str:
    return f": {note}" if note else ""


def _soft(unchained: Sequence[int], torn: int) -> list[str]:
    words = []
    if len(unchained) == 1:
        words.append(f"  Line {unchained[0]} has no hash that could show a change{_OLD}")
    elif unchained:
        which = f"{len(unchained)} lines, {unchained[0]} to {unchained[-1]},"
        words.append(f"  {which} have no hash that could show a change{_OLD}")
    if torn:
        words.append(f"  A torn last line ({torn} bytes) follows: a crash cut it off.")
    return words


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
