"""Before a write is sent: what of it is still open, and waiting until the service can take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain

from m365backup_tui.domain.errors import CloudError, NotFound, OutcomeUnknown, Rejected, Unreachable
from m365backup_tui.domain.plan import Act, UnitRef, Write
from m365backup_tui.domain.plan_stale import moved
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.run import FailedItem, Outcome, RunPhase, WriteState
from m365backup_tui.domain.units import ProtectionUnit
from m365backup_tui.work import sending, waiting
from m365backup_tui.work.ledger import RESUME, Halt, Ledger
from m365backup_tui.work.read_back import Open, made_rule, still_open

ALREADY = "It was so already: nothing was sent."
_REST = timedelta(hours=2)  # Microsoft names up to an hour for a policy to become active


_WORTH_A_LIST = 4  # policies to look at one by one are as many requests; the list of all is one


class MustWait(Exception):
    """The service is not ready for this write, and nobody waits for it here."""


class Before:
    """`fresh`: nothing of the run was sent yet and the tenant was compared with the plan a moment ago, so that all of
    each write is still open and needs no reading."""

    def __init__(self, ledger: Ledger, *, fresh: bool) -> None:
        self._ledger = ledger
        self._fresh = fresh
        self._units: dict[str, dict[str, ProtectionUnit]] = {}
        self._listed: dict[str, Policy] | None = None

    async def ready(
        self, n: int, policy_id: str, still: Open, *, patient: bool = True
    ) -> Open | None:
        """What still has to be sent; None when the tenant shows it already, or when it cannot be sent: settled then.

        Raises the errors that are worth waiting for or that a sign-in mends, and MustWait unless `patient`.
        """
        write = self._ledger.run.writes[n].write
        done = WriteState(write, Outcome.DONE, (), ALREADY, "", policy_id)
        try:
            match write.act:
                case Act.NOTIFY:
                    return None if await self._notified(n) else still
                case Act.ACTIVATE | Act.PAUSE:
                    policy = await self._resting(n, policy_id, patient)
                    if _stands(policy.status, write.act):
                        await self._ledger.settle(n, done)
                        return None
                case Act.DELETE:
                    try:
                        await self.at_rest(write, policy_id, patient=patient, tolerant=False)
                    except NotFound:
                        await self._ledger.settle(n, done)
                        return None
                case Act.ADD_RULE | Act.RUN_RULE | Act.END_RULE:
                    if await self._rule_stands(write, policy_id, patient):
                        await self._ledger.settle(n, done)
                        return None
                case _:
                    return await self._units_open(n, policy_id, still, patient)
        except (*waiting.TRANSIENT, *sending.SIGN_IN) as error:
            if isinstance(error, OutcomeUnknown):  # only a read: nothing was sent
                raise Unreachable(error.what, error.code, error.request_id) from error
            if not sending.stands_alone(write, error):
                raise
            await self._ledger.settle(n, sending.refused(write, error))
            return None
        except CloudError as error:
            await self._ledger.settle(n, sending.refused(write, error))
            return None
        return still

    async def _notified(self, n: int) -> bool:
        """Settled where the tenant shows them as wanted, or where somebody else changed them since the plan was made:
        what they wanted by that is not known. They are sent last, so they are always looked at anew."""
        write = self._ledger.run.writes[n].write
        change = write.notifications
        if change is None:
            raise Rejected("The record does not say what the e-mail notifications are to be.")
        now = await self._ledger.backup.notifications()
        if now.same_as(change.wanted):
            await self._ledger.settle(n, WriteState(write, Outcome.DONE, note=ALREADY))
        elif not now.same_as(change.now):
            note = f"Not sent: {moved(change.now, now)} Make the plan again."
            await self._ledger.settle(n, WriteState(write, Outcome.REFUSED, note=note))
        else:
            return False
        return True

    async def _units_open(self, n: int, policy_id: str, still: Open, patient: bool) -> Open | None:
        state = self._ledger.run.writes[n]
        write = state.write
        if write.policy_id and not self._fresh:
            found = await self._open_now(write)
            still = Open(
                _both(still.units, found.units), _both(still.removes, found.removes), still.rename
            )
            if still.nothing:
                await self._ledger.settle(
                    n, WriteState(write, Outcome.DONE, (), ALREADY, "", policy_id)
                )
                return None
        if any(unit.source for unit in still.units):
            return await self._let_go(n, policy_id, still, patient)
        return still

    async def _open_now(self, write: Write) -> Open:
        if write.policy_id not in self._units:
            units = await self._ledger.backup.units(write.policy_product, write.policy_id)
            self._units[write.policy_id] = {name: u for u in units for name in (u.id, u.key)}
        held = self._units[write.policy_id]
        named = (*(u.key.lower() for u in write.units), *(u.unit_id for u in write.removes))
        return still_open([held[name] for name in named if name in held], write)

    async def _let_go(self, n: int, policy_id: str, still: Open, patient: bool) -> Open | None:
        """Waits until the policies that units move from have let go of them: the service refuses them before."""
        write = self._ledger.run.writes[n].write
        sources = tuple(dict.fromkeys(u.source for u in still.units if u.source))
        kept_by = {s: self._ledger.failed_keys(str(write.product), s) for s in sources}
        stuck = {u.key for u in still.units if u.source and u.key.lower() in kept_by[u.source]}
        for source in sources:
            wanted = {
                u.key.lower() for u in still.units if u.source == source and u.key not in stuck
            }
            await self._gone(write, source, wanted, patient)
        if not stuck:
            return still
        kept = tuple(u for u in still.units if u.key not in stuck)
        failed = tuple(_stuck(u) for u in still.units if u.key in stuck)
        if not kept and not still.removes and not still.rename:
            note = "Not sent: the policy that holds them did not let go of them."
            await self._ledger.settle(
                n, WriteState(write, Outcome.REFUSED, failed, note, "", policy_id)
            )
            return None
        return replace(still, units=kept)

    def _pauses(self) -> Iterator[float]:
        return chain((0.0,), waiting.looks(self._ledger.interval))

    async def _pause(self, seconds: float, patient: bool) -> None:
        if seconds and not patient:
            raise MustWait
        await self._ledger.sleep(seconds)

    async def _gone(self, write: Write, source: str, keys: set[str], patient: bool) -> None:
        ledger = self._ledger
        until = ledger.clock.now() + _REST
        for pause in self._pauses():
            await self._pause(pause, patient)
            try:
                units = await ledger.backup.units(write.policy_product, source)
            except NotFound:
                break
            left = [u for u in units if u.key in keys]
            if not left:
                break
            if ledger.clock.now() > until:
                many = write.policy_product.amount(len(left))
                raise Halt(RunPhase.STOPPED, f"{many} have not left their old policy yet. {RESUME}")
            what = write.policy_product.amount(len(left))
            they = (
                "has left the policy that it moves"
                if len(left) == 1
                else "have left the policy that they move"
            )
            ledger.note(f"Waiting until {what} {they} from.", source)
        ledger.note("", source)

    async def _rule_stands(self, write: Write, policy_id: str, patient: bool) -> bool:
        """True when the tenant shows what was asked of the rule. Waits while the rule is being worked on: the
        service refuses running or ending it then."""
        ledger = self._ledger
        until = ledger.clock.now() + _REST
        for pause in self._pauses():
            await self._pause(pause, patient)
            rules = await ledger.backup.rules(write.policy_product, policy_id)
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
            ledger.note(
                f"Waiting until the service is done with the rule: {rule.status.words}.", write.id
            )
        ledger.note("", write.id)
        return False

    async def _resting(self, n: int, policy_id: str, patient: bool) -> Policy:
        """The policy at rest. Where nobody waits and many policies are to be switched, one list shows them all; what
        it says of each counts once."""
        if not patient and self._listed is None and self._to_switch(n) >= _WORTH_A_LIST:
            self._listed = {p.id: p for p in await self._ledger.backup.policies()}
        listed = self._listed.pop(policy_id, None) if self._listed and not patient else None
        if listed is not None and listed.resting:
            return listed
        write = self._ledger.run.writes[n].write
        return await self.at_rest(write, policy_id, patient=patient)

    def _to_switch(self, n: int) -> int:
        later = self._ledger.run.writes[n:]
        return sum(w.write.act in (Act.ACTIVATE, Act.PAUSE) for w in later)

    async def at_rest(
        self, write: Write, policy_id: str, *, patient: bool = True, tolerant: bool = True
    ) -> Policy:
        """The policy once the service has stopped working on it: what comes next is refused before (B14).
        `tolerant`: one that is not there may be just created and not listed everywhere yet (H14)."""
        ledger = self._ledger
        until = ledger.clock.now() + _REST
        absent = 0
        for pause in self._pauses():
            await self._pause(pause, patient)
            try:
                policy = await ledger.backup.policy(write.policy_product, policy_id)
            except NotFound:
                absent += 1
                if absent > waiting.ATTEMPTS or not tolerant:
                    raise
                continue
            if policy.status is not PolicyStatus.UPDATING:
                break
            if ledger.clock.now() > until:
                raise Halt(
                    RunPhase.STOPPED, f"The service is still working on “{policy.name}”. {RESUME}"
                )
            ledger.note(f"Waiting until the service is done with “{policy.name}”.", policy_id)
        ledger.note("", policy_id)
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
