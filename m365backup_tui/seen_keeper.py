"""Keeps on disk what was read of a tenant, so that the next quick edit shows it at once; and what that begins with.

Written a moment after it was read, on a thread, and only while its account is signed in: signing out removes it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from m365backup_tui import last_seen_file, last_seen_names, progress
from m365backup_tui.domain.last_seen import SeenPolicies, SeenUnits, policy_named
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import KeptIn
from m365backup_tui.options import Options
from m365backup_tui.state import Answers, Opened, Remote, Seen, State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store

_OPENS_ALONE = (KeptIn.KEYRING, KeptIn.LOGOUT)


class SeenKeeper:
    """`folder`: that of one cloud profile. `flush` before the program ends."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._folder = folder
        self._writing: asyncio.Task[None] | None = None
        self._due: State | None = None
        self._written: tuple[object, object] = (None, None)
        self._stop = store.watch(self._changed)

    def _changed(self, old: State, new: State) -> None:
        if new.signed_in is None:
            self._due = None
            if old.signed_in is not None and self._writing is not None:
                gone = (
                    old.signed_in.account.key
                )  # what is being written now would come after its removal
                self._writing.add_done_callback(
                    lambda _: last_seen_names.forget(self._folder, gone)
                )
            return
        changed = new.policies is not old.policies or new.opened is not old.opened
        if new.seen is None and (changed or old.seen is not None):
            self._due = new
            if self._writing is None:
                self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        while self._due is not None:
            state, self._due = self._due, None
            await asyncio.to_thread(self._keep, state)
        self._writing = None

    def _keep(self, state: State) -> None:
        if state.signed_in is None:
            return
        account, home = state.signed_in.account, state.signed_in.home
        policies, opened = state.policies, state.opened
        before_policies, before_opened = self._written
        if policies.value is not None and policies.at is not None and not policies.busy:
            if policies.value is not before_policies:
                alone = home.kept_in in _OPENS_ALONE
                seen = SeenPolicies(account, policies.at, alone, policies.value)
                last_seen_file.write_policies(self._folder, seen)
            before_policies = policies.value
        if opened.value is not None and opened.at is not None and not opened.busy:
            held = opened.value
            if held is not before_opened and opened.error is None:
                units = SeenUnits(opened.at, held.units, held.left_out)
                last_seen_file.write_units(self._folder, account.key, held.policy.id, units)
            before_opened = held
        self._written = (before_policies, before_opened)

    async def flush(self) -> None:
        """Until all is written; then stop watching."""
        self._stop()
        if self._writing is not None:
            await self._writing


def first_state(options: Options, blank: State) -> State:
    """Where a quick edit begins: at the policies as they were seen last, if the sign-in of then may still hold and
    what the command line names is among them; else `blank`. Blocks for some milliseconds; there is no screen yet."""
    folder = options.folder / options.place
    key = last_seen_names.last_account(folder)
    seen = last_seen_file.read_policies(folder, key) if key else None
    if seen is None or not seen.opens_alone or not _same_tenant(options, seen):
        return blank
    service, name = options.opens
    policy = policy_named(seen.policies, Product(service), name) if service and name else None
    if name and policy is None:
        return blank
    kept = folder / "progress.json"
    whose = progress.known_account(kept)
    if progress.has_logs(kept) or not (whose is None or whose.same_as(seen.account)):
        return blank
    opened: Remote[Opened] = Remote()
    if policy is not None:
        held = last_seen_file.read_units(folder, seen.account.key, policy.id)
        if held is None:
            return blank
        opened = Remote(Opened(policy, held.units, held.left_out), held.at)
    left = progress.load(kept, seen.account) if whose else None
    return State(
        at=StepId.POLICIES,
        history=(StepId.SIGN_IN, StepId.PERMISSIONS),
        started=True,
        quick=True,
        wanted=blank.wanted,
        place=blank.place,
        known=seen.account,
        seen=Seen(seen.account, seen.at),
        policies=Remote(seen.policies, seen.at),
        opened=opened,
        answers=left.answers if left else Answers(),
        drafts=left.drafts if left else (),
        left_at=left.at if left else None,
    )


def _same_tenant(options: Options, seen: SeenPolicies) -> bool:
    """A tenant that the command line names has to be the one of the account's own address; else it is looked up."""
    domain = seen.account.username.rpartition("@")[2].casefold()
    return options.tenant == "organizations" or options.tenant.casefold() == domain
