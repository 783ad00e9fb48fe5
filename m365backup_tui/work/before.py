"""Before a write is sent: what of it is still open, and waiting until the service can take it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import chain

from m365backup_tui.domain.errors import CloudError, NotFound, OutcomeUnknown, Unreachable
from m365backup_tui.domain.plan import Act, UnitRef, Write
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.run import FailedItem, Outcome, RunPhase, WriteState
from m365backup_tui.domain.units import ProtectionUnit
from m365backup_tui.work import sending, waiting
from m365backup_tui.work.ledger import RESUME, Halt, Ledger
from m365backup_tui.work.read_back import Open, made_rule, still_open

ALREADY = "It was so already: nothing was sent."
_REST = timedelta(hours=2)  # Microsoft names up to an hour for a policy to become active


class Before:
    """`fresh`: nothing of the run was sent yet and the tenant was compared with the plan a moment ago, so that all of
    each write is still open and needs no reading."""

    def __init__(self, ledger: Ledger, *, fresh: bool) -> None:
        self._ledger = ledger
        self._fresh = fresh
        self._units: dict[str, tuple[ProtectionUnit, ...]] = {}

    async def ready(self, n: int, policy_id: str, still: Open) -> Open | None:
        """What still has to be sent; None when the tenant shows it already, or when it cannot be sent: settled then.

        Raises the errors that are worth waiting for or that a sign-in mends.
        """
        write = self._ledger.run.writes[n].write
        done = WriteState(write, Outcome.DONE, (), ALREADY, "", policy_id)
        try:
            match write.act:
                case Act.ACTIVATE | Act.PAUSE:
                    policy = await self.at_rest(write, policy_id)
                    if _stands(policy.status, write.act):
                        self._ledger.settle(n, done)
                        return None
                case Act.DELETE:
                    try:
                        await self.at_rest(write, policy_id, patient=False)
                    except NotFound:
                        self._ledger.settle(n, done)
                        return None
                case Act.ADD_RULE | Act.RUN_RULE | Act.END_RULE:
                    if await self._rule_stands(write, policy_id):
                        self._ledger.settle(n, done)
                        return None
                case _:
                    return await self._units_open(n, policy_id, still)
        except (*waiting.TRANSIENT, *sending.SIGN_IN) as error:
            if isinstance(error, OutcomeUnknown):  # only a read: nothing was sent
                raise Unreachable(error.what, error.code, error.request_id) from error
            raise
        except CloudError as error:
            self._ledger.settle(n, sending.refused(write, error))
            return None
        return still

    async def _units_open(self, n: int, policy_id: str, still: Open) -> Open | None:
        state = self._ledger.run.writes[n]
        write = state.write
        if write.policy_id and not self._fresh:
            found = await self._open_now(write)
            still = Open(
                _both(still.units, found.units), _both(still.removes, found.removes), still.rename
            )
            if still.nothing:
                self._ledger.settle(n, WriteState(write, Outcome.DONE, (), ALREADY, "", policy_id))
                return None
        if any(unit.source for unit in still.units):
            return await self._let_go(n, policy_id, still)
        return still

    async def _open_now(self, write: Write) -> Open:
        if write.policy_id not in self._units:
            held = await self._ledger.backup.units(write.product, write.policy_id)
            self._units[write.policy_id] = held
        return still_open(self._units[write.policy_id], write)

    async def _let_go(self, n: int, policy_id: str, still: Open) -> Open | None:
        """Waits until the policies that units move from have let go of them: the service refuses them before."""
        write = self._ledger.run.writes[n].write
        stuck = {
            unit.key
            for unit in still.units
            if unit.source and unit.key.lower() in self._ledger.failed_keys(unit.source)
        }
        for source in dict.fromkeys(u.source for u in still.units if u.source):
            wanted = {
                u.key.lower() for u in still.units if u.source == source and u.key not in stuck
            }
            await self._gone(write, source, wanted)
        if not stuck:
            return still
        kept = tuple(u for u in still.units if u.key not in stuck)
        failed = tuple(_stuck(u) for u in still.units if u.key in stuck)
        if not kept and not still.removes and not still.rename:
            note = "Not sent: the policy that holds them did not let go of them."
            self._ledger.settle(n, WriteState(write, Outcome.REFUSED, failed, note, "", policy_id))
            return None
        return replace(still, units=kept)

    async def _gone(self, write: Write, source: str, keys: set[str]) -> None:
        ledger = self._ledger
        until = ledger.clock.now() + _REST
        for pause in chain((0.0,), waiting.looks(ledger.interval)):
            await ledger.sleep(pause)
            try:
                units = await ledger.backup.units(write.product, source)
            except NotFound:
                break
            left = [u for u in units if u.key in keys]
            if not left:
                break
            if ledger.clock.now() > until:
                many = write.product.amount(len(left))
                raise Halt(RunPhase.STOPPED, f"{many} have not left their old policy yet. {RESUME}")
            what = write.product.amount(len(left))
            ledger.note(f"Waiting until {what} have left the policy that they move from.")
        ledger.note("")

    async def _rule_stands(self, write: Write, policy_id: str) -> bool:
        """True when the tenant shows what was asked of the rule. Waits while the rule is being worked on: the
        service refuses running or ending it then."""
        ledger = self._ledger
        until = ledger.clock.now() + _REST
        for pause in chain((0.0,), waiting.looks(ledger.interval)):
            await ledger.sleep(pause)
            rules = await ledger.backup.rules(write.product, policy_id)
            if write.act is Act.ADD_RULE:
                return made_rule(rules, write) is not None
            rule = next((r for r in rules if r.id == write.rule_id), None)
            if rule is None:
                if write.act is Act.END_RULE:
                    return True
                raise NotFound("The rule does not exist any more.")
            if rule.status.over:
                break
            if ledger.clock.now() > until:
                raise Halt(RunPhase.STOPPED, f"The service is still working on the rule. {RESUME}")
            ledger.note(f"Waiting until the service is done with the rule: {rule.status.words}.")
        ledger.note("")
        return False

    async def at_rest(self, write: Write, policy_id: str, *, patient: bool = True) -> Policy:
        """The policy once the service has stopped working on it: what comes next is refused before (B14).
        `patient`: one that is not there may be just created and not listed everywhere yet (H14)."""
        ledger = self._ledger
        until = ledger.clock.now() + _REST
        absent = 0
        for pause in chain((0.0,), waiting.looks(ledger.interval)):
            await ledger.sleep(pause)
            try:
                policy = await ledger.backup.policy(write.product, policy_id)
            except NotFound:
                absent += 1
                if absent > waiting.ATTEMPTS or not patient:
                    raise
                continue
            if policy.status is not PolicyStatus.UPDATING:
                break
            if ledger.clock.now() > until:
                raise Halt(
                    RunPhase.STOPPED, f"The service is still working on “{policy.name}”. {RESUME}"
                )
            ledger.note(f"Waiting until the service is done with “{policy.name}”.")
        ledger.note("")
        return policy


def _both(a: tuple[UnitRef, ...], b: tuple[UnitRef, ...]) -> tuple[UnitRef, ...]:
    keys = {u.key for u in b}
    return tuple(u for u in a if u.key in keys)


def _stuck(unit: UnitRef) -> FailedItem:
    why = "It could not be taken out of the policy that holds it, so it stays there."
    return FailedItem(unit.key, unit.name, unit.address, "", why)


def _stands(status: PolicyStatus, act: Act) -> bool:
    """Whether a policy at rest is as the act wants it."""
    if act is Act.ACTIVATE:
        return status in (PolicyStatus.ACTIVE, PolicyStatus.ACTIVE_WITH_ERRORS)
    return status is PolicyStatus.INACTIVE
