"""What is kept of what was seen last: whose, how much, when it is shown, and when it is gone."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from m365backup_tui import last_seen_file as file
from m365backup_tui import progress
from m365backup_tui.cloud.known_accounts import KnownAccounts
from m365backup_tui.domain.last_seen import (
    POLICIES_KEPT,
    UNITS_KEPT,
    SeenPolicies,
    SeenUnits,
    nearest_names,
    not_there,
    policy_named,
)
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import Account, KeptIn, SignedIn, TokenHome
from m365backup_tui.domain.units import ProtectionUnit, UnitStatus
from m365backup_tui.events import (
    OPENED,
    POLICIES,
    Arrived,
    Began,
    SignedInNow,
    SignedOut,
)
from m365backup_tui.last_seen_names import account_folder, forget, names_of_policies
from m365backup_tui.last_seen_start import first_state
from m365backup_tui.options import Options
from m365backup_tui.seen_keeper import SeenKeeper
from m365backup_tui.state import Opened, State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store

NOW = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)
ADELE = Account("t", "adele", "adele@northwind.example", "Adele", "Northwind")
BEN = Account("t", "ben", "ben@northwind.example", "Ben")
FINANCE = Policy(
    Product.EXCHANGE, "p-1", "Finance", PolicyStatus.ACTIVE, Counts(2, 2), "2026-01-01T00:00:00Z"
)
SALES = Policy(Product.EXCHANGE, "p-2", "Sales", PolicyStatus.INACTIVE)
SITES = Policy(Product.SHAREPOINT, "p-3", "Finance", PolicyStatus.ACTIVE)
ALL = (FINANCE, SALES, SITES)
WARM = State(at=StepId.SIGN_IN, started=True, quick=True, wanted=("exchange", "finance"))


def unit(number: int) -> ProtectionUnit:
    return ProtectionUnit(
        Product.EXCHANGE,
        f"u-{number}",
        f"k-{number}",
        f"Zoë {number}",
        f"zoe{number}@northwind.example",
        UnitStatus.PROTECTED,
        by_rule=number % 2 == 1,
    )


UNITS = (unit(0), unit(1))


def keep(folder: Path, account: Account = ADELE, *, alone: bool = True) -> None:
    KnownAccounts(folder).remember(account)
    file.write_policies(folder, SeenPolicies(account, NOW, alone, ALL))
    file.write_units(folder, account.key, "p-1", SeenUnits(NOW, UNITS))


# --- the files --------------------------------------------------------------------------------------------------------


def test_what_was_written_is_read_by_its_account_alone(tmp_path: Path) -> None:
    keep(tmp_path)
    assert file.read_policies(tmp_path, ADELE.key) == SeenPolicies(ADELE, NOW, True, ALL)
    assert file.read_units(tmp_path, ADELE.key, "p-1") == SeenUnits(NOW, UNITS)
    assert file.read_units(tmp_path, ADELE.key, "p-2") is None
    assert file.read_policies(tmp_path, BEN.key) is None
    assert file.read_units(tmp_path, BEN.key, "p-1") is None


def test_nobody_else_of_the_host_may_read_it_and_no_id_is_in_a_name(tmp_path: Path) -> None:
    keep(tmp_path / "state")
    for path in (tmp_path / "state" / "last-seen").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        assert "adele" not in path.name
    assert stat.S_IMODE((tmp_path / "state" / "last-seen").stat().st_mode) == 0o700


def test_a_large_policy_is_cut_and_the_rest_is_counted(tmp_path: Path) -> None:
    units = tuple(unit(n) for n in range(UNITS_KEPT + 7))
    file.write_units(tmp_path, ADELE.key, "p-1", SeenUnits(NOW, units))
    seen = file.read_units(tmp_path, ADELE.key, "p-1")
    assert seen is not None
    assert (len(seen.units), seen.left_out) == (UNITS_KEPT, 7)


def test_units_of_policies_that_are_gone_and_of_too_many_go(tmp_path: Path) -> None:
    keep(tmp_path)
    file.write_policies(tmp_path, SeenPolicies(ADELE, NOW, True, (SALES,)))
    assert file.read_units(tmp_path, ADELE.key, "p-1") is None
    for number in range(POLICIES_KEPT + 3):
        file.write_units(tmp_path, ADELE.key, f"q-{number}", SeenUnits(NOW, UNITS))
    assert len(list(account_folder(tmp_path, ADELE.key).glob("units-*"))) == POLICIES_KEPT


def test_what_cannot_be_removed_ends_nothing(tmp_path: Path) -> None:
    keep(tmp_path)
    stuck = account_folder(tmp_path, ADELE.key) / "units-0000000000000000.json"
    stuck.mkdir()
    file.write_policies(tmp_path, SeenPolicies(ADELE, NOW, True, (SALES,)))
    for number in range(POLICIES_KEPT + 1):
        file.write_units(tmp_path, ADELE.key, f"q-{number}", SeenUnits(NOW, UNITS))
    assert stuck.is_dir()
    seen = file.read_policies(tmp_path, ADELE.key)
    assert seen is not None
    assert seen.policies == (SALES,)


@given(damage=some.binary(max_size=80), cut=some.integers(0, 400))
def test_a_damaged_file_is_as_none(
    tmp_path_factory: pytest.TempPathFactory, damage: bytes, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("seen")
    keep(folder)
    for path in account_folder(folder, ADELE.key).iterdir():
        whole = path.read_bytes()
        path.write_bytes(whole[: min(cut, len(whole) - 1)] + b"\xff" + damage)
    assert file.read_policies(folder, ADELE.key) is None
    assert file.read_units(folder, ADELE.key, "p-1") is None
    assert names_of_policies(folder, "exchange") == ()


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        "{}",
        '{"version": 2}',
        '{"version": 1, "units": [[1]], "product": "exchange", "at": "x", "left_out": 0}',
        '{"version": 1, "units": [], "product": "", "at": "2026-11-21T10:00:00", "left_out": 0}',
    ],
)
def test_a_file_of_another_shape_is_as_none(tmp_path: Path, document: str) -> None:
    keep(tmp_path)
    for path in account_folder(tmp_path, ADELE.key).iterdir():
        path.write_text(document)
    assert file.read_policies(tmp_path, ADELE.key) is None
    assert file.read_units(tmp_path, ADELE.key, "p-1") is None


def test_a_disk_that_takes_nothing_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "last-seen").write_text("a file where a folder belongs")
    keep(tmp_path)
    assert file.read_policies(tmp_path, ADELE.key) is None


def test_signing_out_removes_it_of_one_or_of_everybody(tmp_path: Path) -> None:
    keep(tmp_path)
    keep(tmp_path, BEN)
    book = KnownAccounts(tmp_path)
    book.forget(ADELE)
    assert file.read_policies(tmp_path, ADELE.key) is None
    assert file.read_policies(tmp_path, BEN.key) is not None
    book.forget()
    assert not (tmp_path / "last-seen").exists()


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_for_the_shell_are_those_of_who_was_last(tmp_path: Path) -> None:
    assert names_of_policies(tmp_path, "exchange") == ()
    keep(tmp_path)
    assert names_of_policies(tmp_path, "exchange") == ("Finance", "Sales")
    assert names_of_policies(tmp_path, "onedrive") == ()
    KnownAccounts(tmp_path).remember(BEN)  # of whom nothing is kept
    assert names_of_policies(tmp_path, "exchange") == ()


def test_a_policy_is_found_in_any_case_and_never_by_a_guess() -> None:
    assert policy_named(ALL, Product.EXCHANGE, " FINANCE ") is FINANCE
    assert policy_named(ALL, Product.SHAREPOINT, "finance") is SITES
    assert policy_named(ALL, Product.ONEDRIVE, "finance") is None
    twin = replace(FINANCE, id="p-9", name="FINANCE")
    assert policy_named((*ALL, twin), Product.EXCHANGE, "FINANCE") is twin
    assert policy_named((*ALL, twin), Product.EXCHANGE, "finance") is None


def test_a_name_that_is_not_there_is_told_with_the_nearest() -> None:
    assert not_there(ALL, Product.EXCHANGE, "Finanse") == (
        "There is no Exchange policy “Finanse”. There are “Finance” and “Sales”."
    )
    assert "“Finance”." in not_there(ALL, Product.SHAREPOINT, "x")
    assert "OneDrive has no policy" in not_there(ALL, Product.ONEDRIVE, "x")
    many = (*(replace(SALES, id=n, name=f"Team {n}") for n in "abcdef"), FINANCE)
    assert nearest_names(many, Product.EXCHANGE, "finanze") == ("Finance",)


# --- the first state ----


def options(folder: Path, name: str = "finance", tenant: str = "organizations") -> Options:
    return Options(state_dir=folder, quick=True, opens=("exchange", name), tenant=tenant)


def test_a_warm_start_shows_the_policy_and_what_was_marked_last_time(tmp_path: Path) -> None:
    keep(tmp_path / "global")
    draft = Draft(Product.EXCHANGE, "Finance", "p-1", "Finance", remove=UNITS[:1])
    home = TokenHome(KeptIn.KEYRING, "keyring")
    left = State(signed_in=SignedIn(ADELE, home, NOW), drafts=(draft,))
    progress.save(tmp_path / "global" / "progress.json", left)
    state = first_state(options(tmp_path), WARM)
    assert state.at is StepId.POLICIES
    assert state.opened.value == Opened(FINANCE, UNITS)
    assert state.opened.at == NOW
    assert state.drafts == (draft,)
    assert state.waking
    assert state.known == ADELE
    assert state.wanted == WARM.wanted


@pytest.mark.parametrize(
    "why",
    ["nothing", "not alone", "no name", "no units", "other last", "other tenant", "other's drafts"],
)
def test_a_cold_start_begins_at_the_sign_in(tmp_path: Path, why: str) -> None:
    folder = tmp_path / "global"
    asked = options(tmp_path)
    if why != "nothing":
        keep(folder, alone=why != "not alone")
    if why == "no name":
        asked = options(tmp_path, "Finanse")
    if why == "no units":
        asked = options(tmp_path, "Sales")
    if why == "other last":
        KnownAccounts(folder).remember(BEN)
    if why == "other tenant":
        asked = options(tmp_path, tenant="contoso.onmicrosoft.com")
    if why == "other's drafts":
        left = State(signed_in=SignedIn(BEN, TokenHome(KeptIn.KEYRING, ""), NOW))
        progress.save(folder / "progress.json", left)
    assert first_state(asked, WARM) is WARM


def test_the_tenant_of_the_account_itself_may_be_named(tmp_path: Path) -> None:
    keep(tmp_path / "global")
    assert first_state(options(tmp_path, tenant="Northwind.example"), WARM).waking


# --- keeping it ----


def signed_in(kept_in: KeptIn = KeptIn.KEYRING) -> SignedInNow:
    return SignedInNow(SignedIn(ADELE, TokenHome(kept_in, "why"), NOW))


async def sitting(folder: Path, *events: object) -> None:
    store = Store()
    keeper = SeenKeeper(store, folder)
    for event in events:
        store.send(event)  # type: ignore[arg-type]
        await asyncio.sleep(0)
    await keeper.flush()


async def test_what_was_read_is_kept_and_what_is_half_read_is_not(tmp_path: Path) -> None:
    await sitting(
        tmp_path,
        signed_in(),
        Arrived(POLICIES, ALL, NOW),
        Began(OPENED, NOW),
        Arrived(OPENED, Opened(FINANCE), NOW, more=True),
    )
    assert file.read_policies(tmp_path, ADELE.key) == SeenPolicies(ADELE, NOW, True, ALL)
    assert file.read_units(tmp_path, ADELE.key, "p-1") is None
    later = NOW + timedelta(minutes=1)
    await sitting(tmp_path, signed_in(), Arrived(OPENED, Opened(FINANCE, UNITS), later))
    assert file.read_units(tmp_path, ADELE.key, "p-1") == SeenUnits(later, UNITS)


@pytest.mark.parametrize("kept_in", [KeptIn.MEMORY, KeptIn.PASSPHRASE])
async def test_a_sign_in_that_asks_each_time_is_not_begun_with_what_was_seen(
    tmp_path: Path, kept_in: KeptIn
) -> None:
    await sitting(tmp_path, signed_in(kept_in), Arrived(POLICIES, ALL, NOW))
    seen = file.read_policies(tmp_path, ADELE.key)
    assert seen is not None
    assert not seen.opens_alone


async def test_signing_out_while_it_is_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    write = file.write_policies

    def slowly(folder: Path, seen: SeenPolicies) -> None:
        begun.set()
        assert go_on.wait(10)
        write(folder, seen)

    monkeypatch.setattr(file, "write_policies", slowly)
    store = Store()
    keeper = SeenKeeper(store, tmp_path)
    store.send(signed_in())
    store.send(Arrived(POLICIES, ALL, NOW))
    await asyncio.to_thread(begun.wait, 10)
    store.send(SignedOut())
    forget(tmp_path, ADELE.key)  # what the sign-out does, while the write is on its way
    go_on.set()
    await keeper.flush()
    await asyncio.sleep(0)
    assert file.read_policies(tmp_path, ADELE.key) is None


def test_no_token_is_in_what_is_kept(tmp_path: Path) -> None:
    keep(tmp_path)
    for path in account_folder(tmp_path, ADELE.key).iterdir():
        document = json.loads(path.read_text())
        assert not {"token", "refresh_token", "access_token", "client_info"} & set(document)
        assert set(document) <= {
            "version", "account", "at", "opens_alone", "policies", "product", "left_out", "units"
        }  # fmt: skip
