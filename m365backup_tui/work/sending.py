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
from m365backup_tui.work.read_back import Open

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


async def send(tools: Tools, run_id: str, write: Write, policy_id: str, still: Open) -> WriteState:
    """Sends the write once, recorded before and after. `still`: what of it is still open.

    Returns ACCEPTED, DONE, PARTLY or REFUSED. Raises Throttled, Unreachable, the sign-in kinds and Busy (certainly not
    carried out, and recorded as waiting again), OutcomeUnknown (no outcome recorded), NotRecorded.
    """
    await record(lambda: tools.runs.intend(run_id, write.id, tools.clock.now()))
    try:
        state = await _request(tools, write, policy_id, still)
    except (Throttled, Unreachable, *SIGN_IN) as error:
        if not stands_alone(write, error):
            await _outcome(tools, run_id, _again(write, policy_id, error))
            raise
        state = refused(write, error)
    except OutcomeUnknown:
        raise
    except Broken as error:  # an answer nobody can read says nothing about what happened
        raise OutcomeUnknown(error.what, error.code, error.request_id) from error
    except CloudError as error:
        if write.product and error.code.lower() in _BUSY:
            await _outcome(tools, run_id, _again(write, policy_id, error))
            raise Busy(error) from error
        state = refused(write, error)
    await _outcome(tools, run_id, state)
    return state


def refused(write: Write, error: CloudError) -> WriteState:
    return WriteState(
        write, Outcome.REFUSED, note=messages.refused(error), request_id=error.request_id
    )


def stands_alone(write: Write, error: CloudError) -> bool:
    """The policies take another permission, so they need not wait until somebody grants this one."""
    return write.product is None and isinstance(error, ConsentNeeded)


async def record(call: Callable[[], T]) -> T:
    """A call of the journal, on a thread: a busy disk must not hold the screen. Its trouble is no trouble of the
    service."""
    try:
        return await asyncio.to_thread(call)
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


async def _outcome(tools: Tools, run_id: str, state: WriteState) -> None:
    await record(lambda: tools.runs.outcome(run_id, state, tools.clock.now()))


def _again(write: Write, policy_id: str, error: CloudError) -> WriteState:
    return WriteState(
        write, Outcome.WAITING, note=error.what, request_id=error.request_id, policy_id=policy_id
    )


async def _request(tools: Tools, write: Write, policy_id: str, still: Open) -> WriteState:
    backup = tools.backup
    if write.notifications is not None:
        request_id = await backup.set_notifications(write.notifications)
        return WriteState(write, Outcome.DONE, request_id=request_id)
    product = write.policy_product
    match write.act:
        case Act.CREATE if not policy_id:
            policy, request_id = await backup.create_policy(product, write.policy, still.units)
            return WriteState(write, Outcome.DONE, request_id=request_id, policy_id=policy.id)
        case Act.CREATE | Act.CHANGE:
            return await _change(tools, write, policy_id, still)
        case Act.BULK:
            job, request_id = await backup.add_in_bulk(product, policy_id, write.job, still.units)
            return _accepted(write, policy_id, request_id, job.id)
        case Act.ADD_RULE:
            rule, request_id = await backup.add_rule(product, policy_id, write.rule, write.dynamic)
            return _accepted(write, policy_id, request_id, rule.id)
        case Act.RUN_RULE:
            request_id = await backup.run_rule(product, policy_id, write.rule_id)
            return _accepted(write, policy_id, request_id, write.rule_id)
        case Act.END_RULE:
            request_id = await backup.end_rule(product, policy_id, write.rule_id, write.unprotect)
            if write.unprotect:  # goes on after the answer
                return _accepted(write, policy_id, request_id, write.rule_id)
        case Act.ACTIVATE:
            request_id = await backup.activate(product, policy_id)
        case Act.PAUSE:
            request_id = await backup.pause(product, policy_id)
        case Act.DELETE:
            request_id = await backup.delete_policy(product, policy_id)
    return WriteState(write, Outcome.DONE, request_id=request_id, policy_id=policy_id)


async def _change(tools: Tools, write: Write, policy_id: str, still: Open) -> WriteState:
    refusals, request_id = await tools.backup.change_policy(
        write.policy_product,
        policy_id,
        name=write.new_name if still.rename else "",
        add=still.units,
        remove=still.removes,
    )
    gone = {u.unit_id.lower() for u in still.removes} | {u.key.lower() for u in still.removes}
    # Gone already is what was asked for.
    failed = tuple(
        _failed(r, (*still.units, *still.removes))
        for r in refusals
        if not (r.code.lower() == "protectionunitnotfound" and r.key.lower() in gone)
    )
    outcome = Outcome.DONE
    if failed:
        nothing = len(failed) >= write.size and not write.new_name
        outcome = Outcome.REFUSED if nothing else Outcome.PARTLY
    return WriteState(write, outcome, failed, "", request_id, policy_id)


def _accepted(write: Write, policy_id: str, request_id: str, handle: str) -> WriteState:
    return WriteState(
        write, Outcome.ACCEPTED, request_id=request_id, policy_id=policy_id, handle=handle
    )


def _failed(refusal: ItemRefusal, units: Sequence[UnitRef]) -> FailedItem:
    key = refusal.key.lower()
    unit = next((u for u in units if key in (u.key.lower(), u.unit_id.lower())), None)
    return failed_item(refusal, unit)


def failed_item(refusal: ItemRefusal, unit: UnitRef | None) -> FailedItem:
    """The item with its own name, the service's code and our words for it."""
    return FailedItem(
        key=unit.key if unit else refusal.key,
        name=unit.name if unit else "",
        address=unit.address if unit else "",
        code=refusal.code,
        reason=messages.reason(refusal.code, refusal.message),
    )
