"""One write of the plan: intent on disk, request, outcome on disk, as a pair that a cancellation cannot cut in two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    OutcomeUnknown,
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.plan import Act, UnitRef, Write
from m365backup_tui.domain.run import FailedItem, Outcome, WriteState
from m365backup_tui.domain.units import ItemRefusal
from m365backup_tui.ports import Tools
from m365backup_tui.work import messages

T = TypeVar("T")

SIGN_IN = (NotSignedIn, StepUpNeeded, ConsentNeeded, SignInRefused)
# The policy's state does not allow it now: worth waiting for when the service is working on the policy (B14).
_BUSY = frozenset({"policyactionnotallowed", "invalidstateforactivation"})
GRACE = 20.0  # seconds that an answer on its way is waited for when the program is told to leave


class Busy(Exception):
    """Refused because of the policy's state; `error` is the service's refusal."""

    def __init__(self, error: CloudError) -> None:
        super().__init__(error.what)
        self.error = error


class NotRecorded(Exception):
    """The journal could not be written: nothing more may be sent."""


async def send(
    tools: Tools, run_id: str, write: Write, policy_id: str, units: Sequence[UnitRef]
) -> WriteState:
    """Sends the write once, recorded before and after. `units`: those of the write that are still open.

    Returns DONE, PARTLY or REFUSED. Raises Throttled, Unreachable, the sign-in kinds and Busy (certainly not carried
    out, and recorded as waiting again), OutcomeUnknown (no outcome recorded), NotRecorded.
    """
    record(lambda: tools.runs.intend(run_id, write.id, tools.clock.now()))
    try:
        state = await _request(tools, write, policy_id, units)
    except (Throttled, Unreachable, *SIGN_IN) as error:
        _outcome(tools, run_id, _again(write, policy_id, error))
        raise
    except OutcomeUnknown:
        raise
    except Broken as error:  # an answer nobody can read says nothing about what happened
        raise OutcomeUnknown(error.what, error.code, error.request_id) from error
    except CloudError as error:
        if error.code.lower() in _BUSY:
            _outcome(tools, run_id, _again(write, policy_id, error))
            raise Busy(error) from error
        state = refused(write, error)
    _outcome(tools, run_id, state)
    return state


def refused(write: Write, error: CloudError) -> WriteState:
    return WriteState(
        write, Outcome.REFUSED, note=messages.refused(error), request_id=error.request_id
    )


def record(call: Callable[[], T]) -> T:
    """A call of the journal; its trouble is no trouble of the service."""
    try:
        return call()
    except CloudError as error:
        raise NotRecorded(error.what) from error


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Runs to its end although the caller is cancelled, for at most `GRACE` seconds: an answer that arrives is
    recorded. Without one, the recorded intent makes the resumed run look before it sends."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait({task}, timeout=GRACE)
        if not task.done():
            task.cancel()
        elif not task.cancelled():
            task.exception()  # looked at: the cancellation is what counts now
        raise


def _outcome(tools: Tools, run_id: str, state: WriteState) -> None:
    record(lambda: tools.runs.outcome(run_id, state, tools.clock.now()))


def _again(write: Write, policy_id: str, error: CloudError) -> WriteState:
    return WriteState(
        write, Outcome.WAITING, note=error.what, request_id=error.request_id, policy_id=policy_id
    )


async def _request(
    tools: Tools, write: Write, policy_id: str, units: Sequence[UnitRef]
) -> WriteState:
    backup = tools.backup
    refusals: Sequence[ItemRefusal] = ()
    match write.act:
        case Act.CREATE if not policy_id:
            policy, request_id = await backup.create_policy(write.product, write.policy, units)
            policy_id = policy.id
        case Act.CREATE | Act.ADD:
            refusals, request_id = await backup.change_units(write.product, policy_id, units, ())
        case Act.REMOVE:
            refusals, request_id = await backup.change_units(write.product, policy_id, (), units)
            # Gone already is what was asked for.
            refusals = [r for r in refusals if r.code.lower() != "protectionunitnotfound"]
        case Act.RENAME:
            request_id = await backup.rename(write.product, policy_id, write.new_name)
        case Act.ACTIVATE:
            request_id = await backup.activate(write.product, policy_id)
        case Act.PAUSE:
            request_id = await backup.pause(write.product, policy_id)
    failed = tuple(_failed(r, units) for r in refusals)
    outcome = Outcome.DONE
    if failed:
        outcome = Outcome.REFUSED if len(failed) >= len(write.units) else Outcome.PARTLY
    return WriteState(write, outcome, failed, "", request_id, policy_id)


def _failed(refusal: ItemRefusal, units: Sequence[UnitRef]) -> FailedItem:
    key = refusal.key.lower()
    unit = next((u for u in units if key in (u.key.lower(), u.unit_id.lower())), None)
    return FailedItem(
        key=unit.key if unit else refusal.key,
        name=unit.name if unit else "",
        address=unit.address if unit else "",
        code=refusal.code,
        reason=messages.reason(refusal.code, refusal.message),
    )
