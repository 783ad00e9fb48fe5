"""What a command without a screen reads anyway is kept for the shell and the next quick edit, and never in its way."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from m365backup_tui import last_seen_file as file
from m365backup_tui import seen_keeper
from m365backup_tui.cloud.known_accounts import KnownAccounts
from m365backup_tui.domain.last_seen import POLICIES_KEPT, SeenPolicies, SeenUnits, after_run
from m365backup_tui.domain.plan import Act, Plan, Write
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.session import Account, KeptIn, SignedIn, TokenHome
from m365backup_tui.events import TOKEN_HOME, Arrived, RunMoved, SignedInNow, SignedOut
from m365backup_tui.last_seen_names import account_folder, names_of_policies
from m365backup_tui.last_seen_start import first_state
from m365backup_tui.options import Options
from m365backup_tui.ports import Runs, Tools
from m365backup_tui.seen_keeper import SeenKeeper
from m365backup_tui.state import State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store
from m365backup_tui.work.heard import heard
from m365backup_tui.work.read_once import once
from tests.unit.fakes import FakeBackup, make_tools
from tests.unit.test_last_seen import ADELE, ALL, BEN, FINANCE, NOW, SALES, UNITS, unit

BLANK = State(at=StepId.SIGN_IN, started=True, quick=True)


def came(kept_in: KeptIn = KeptIn.LOGOUT, account: Account = ADELE) -> SignedInNow:
    return SignedInNow(SignedIn(account, TokenHome(kept_in, "why"), NOW))


class Sitting:
    """A command in `folder`: a tenant with two Exchange policies, and what is kept of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "global"
        self.backup = FakeBackup()
        self.finance = self.backup.have(Product.EXCHANGE, "Finance", ["k-1", "k-2"])
        self.sales = self.backup.have(Product.EXCHANGE, "Sales", ["k-3"])
        self.store = Store()
        self.keeper = SeenKeeper(self.store, self.folder)
        KnownAccounts(self.folder).remember(ADELE)
        self.store.send(came())

    @property
    def tools(self) -> Tools:
        runs = cast(Runs, None)
        return heard(make_tools(runs, self.backup), self.keeper)

    @property
    def names(self) -> tuple[str, ...]:
        return names_of_policies(self.folder, "exchange")


def opens(folder: Path, name: str = "") -> State:
    """What a quick edit of an Exchange policy begins with."""
    return first_state(Options(state_dir=folder, quick=True, opens=("exchange", name)), BLANK)


def run_of(*states: WriteState, watched: tuple[Policy, ...] = ()) -> Run:
    plan = Plan("t", "Northwind", NOW)
    return Run("r", plan, NOW, RunPhase.DONE, states, watched)


async def test_names_alone_complete_and_open_no_policy(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    await once(sitting.tools).backup.policies()
    await sitting.keeper.end()
    assert sitting.names == ("Finance", "Sales")
    assert opens(tmp_path).policies.value == (sitting.finance, sitting.sales)
    assert opens(tmp_path, "Finance") is BLANK, "what it holds is not known"


async def test_what_was_read_in_full_opens_at_once(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    backup = sitting.tools.backup
    await backup.policies()
    units = await backup.units(Product.EXCHANGE, sitting.finance.id)
    await backup.units(Product.EXCHANGE, sitting.sales.id, failed=1)  # may be a part of them
    await sitting.keeper.end()
    opened = opens(tmp_path, "finance").opened
    assert opened.value is not None
    assert (opened.value.units, opened.at) == (units, sitting.tools.clock.now())
    assert opens(tmp_path, "Sales") is BLANK


async def test_nothing_is_kept_of_nobody_and_nothing_after_a_sign_out(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    sitting.store.send(SignedOut())
    await sitting.tools.backup.policies()
    await sitting.keeper.end()
    assert sitting.names == ()


async def test_names_follow_what_a_run_did(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    await sitting.tools.backup.policies()
    made = Policy(Product.EXCHANGE, "new", "Board", PolicyStatus.UPDATING)
    gone = WriteState(
        Write("1", Act.DELETE, Product.EXCHANGE, policy="Sales", policy_id=sitting.sales.id),
        Outcome.DONE,
        policy_id=sitting.sales.id,
    )
    renamed = replace(sitting.finance, name="Finances")
    sitting.store.send(RunMoved(run_of(gone, watched=(renamed, made))))
    await sitting.keeper.end()
    assert sitting.names == ("Board", "Finances")


async def test_a_run_of_a_command_that_read_no_policies_changes_what_is_on_disk(
    tmp_path: Path,
) -> None:
    sitting = Sitting(tmp_path)
    file.write_policies(sitting.folder, SeenPolicies(ADELE, NOW, True, ALL))
    half = replace(run_of(watched=(replace(FINANCE, name="F"),)), phase=RunPhase.WATCHING)
    sitting.store.send(RunMoved(half))  # and then it was interrupted
    await sitting.keeper.end()
    assert sitting.names == ("F", "Sales")
    nothing = Sitting(tmp_path / "new")
    nothing.store.send(RunMoved(run_of(watched=(FINANCE,))))
    await nothing.keeper.end()
    assert nothing.names == (), "one policy is not the list of them"


def test_a_deletion_that_was_refused_leaves_the_policy() -> None:
    write = Write("1", Act.DELETE, Product.EXCHANGE, policy="Sales", policy_id="p-2")
    refused = WriteState(write, Outcome.REFUSED, policy_id="p-2")
    assert after_run(ALL, run_of(refused)) == ALL
    done = replace(refused, outcome=Outcome.DONE)
    assert SALES not in after_run(ALL, run_of(done, watched=(SALES,)))


async def test_a_sign_in_that_moves_under_a_passphrase_is_not_begun_with_it(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    file.write_policies(sitting.folder, SeenPolicies(ADELE, NOW, True, ALL))
    sitting.store.send(Arrived(TOKEN_HOME, TokenHome(KeptIn.LOGOUT, ""), NOW))
    sitting.store.send(Arrived(TOKEN_HOME, TokenHome(KeptIn.PASSPHRASE, ""), NOW))
    await sitting.keeper.end()
    seen = file.read_policies(sitting.folder, ADELE.key)
    assert seen == SeenPolicies(ADELE, NOW, False, ALL)
    assert opens(tmp_path) is BLANK
    assert sitting.names == ("Finance", "Sales")


async def test_it_is_kept_of_who_read_it(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    await sitting.tools.backup.policies()
    sitting.store.send(came(account=BEN))
    sitting.store.send(RunMoved(run_of(watched=(FINANCE,))))
    await sitting.keeper.end()
    assert file.read_policies(sitting.folder, BEN.key) is None
    assert file.read_policies(sitting.folder, ADELE.key) is not None


# --- whose place ----


def test_what_nobody_opened_takes_nobodys_place(tmp_path: Path) -> None:
    def kept() -> set[str]:
        return {one.name for one in account_folder(tmp_path, ADELE.key).glob("units-*")}

    seen = SeenUnits(NOW, UNITS)
    for number in range(POLICIES_KEPT - 1):
        file.write_units(tmp_path, ADELE.key, f"p-{number}", seen)
    opened = kept()
    file.write_units(tmp_path, ADELE.key, "read", seen, opened=False)
    file.write_units(tmp_path, ADELE.key, "read too", seen, opened=False)
    assert file.read_units(tmp_path, ADELE.key, "read") == seen
    assert file.read_units(tmp_path, ADELE.key, "read too") is None, "there is no room"
    later = replace(seen, at=NOW + timedelta(days=1))
    file.write_units(tmp_path, ADELE.key, "p-0", later, opened=False)
    assert file.read_units(tmp_path, ADELE.key, "p-0") == later
    file.write_units(tmp_path, ADELE.key, "opened now", seen)
    assert file.read_units(tmp_path, ADELE.key, "read") is None, "it goes first"
    assert opened <= kept()


# --- never in the way ----


async def test_a_slow_disk_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    write = file.write_units
    written: list[str] = []

    def slowly(
        folder: Path, key: tuple[str, str], policy_id: str, seen: SeenUnits, *, opened: bool
    ) -> None:
        begun.set()
        assert go_on.wait(10)
        written.append(policy_id)
        write(folder, key, policy_id, seen, opened=opened)

    monkeypatch.setattr(file, "write_units", slowly)
    monkeypatch.setattr(seen_keeper, "_WAITS", 0.0)
    sitting = Sitting(tmp_path)
    sitting.keeper.units_read("first", UNITS, NOW)
    await asyncio.to_thread(begun.wait, 10)
    sitting.keeper.units_read("second", UNITS, NOW)
    sitting.keeper.policies_read(ALL, NOW)
    ending = asyncio.create_task(sitting.keeper.end())
    for _ in range(10):  # turns of the loop: the wait, of no length here, is over then
        await asyncio.sleep(0)
    go_on.set()
    await ending
    assert written == ["first"]
    assert sitting.names == ("Finance", "Sales"), "names are written all the same"


async def test_a_disk_that_fails_fails_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = Sitting(tmp_path)
    (sitting.folder / "last-seen").write_text("a file where a folder belongs")
    await sitting.tools.backup.policies()
    await sitting.keeper.end()
    assert sitting.names == ()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(file, "write_policies", broken)
    await sitting.tools.backup.policies()
    await sitting.keeper.end()


async def test_a_name_that_is_no_text_is_no_trouble(tmp_path: Path) -> None:
    sitting = Sitting(tmp_path)
    sitting.backup.have(Product.EXCHANGE, "half a \ud83d", ["k-9"])
    await sitting.tools.backup.policies()
    sitting.keeper.units_read("p", (replace(unit(1), name="\udc00"),), NOW)
    await sitting.keeper.end()
    assert sitting.names == ()
