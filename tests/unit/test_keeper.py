"""What the wizard keeps between sittings, and to whom it gives it back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from m365backup_tui import events as ev
from m365backup_tui import state as st
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import Account, KeptIn, SignedIn, TokenHome
from m365backup_tui.domain.units import Candidate
from m365backup_tui.keeper import Keeper
from m365backup_tui.store import Store

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOME = TokenHome(KeptIn.MEMORY, "in memory")
ADELE = Account("t", "adele", "adele@northwind.example", "Adele")
BEN = Account("t", "ben", "ben@northwind.example", "Ben")
DRAFT = Draft(
    Product.EXCHANGE,
    "Mail",
    add=(Candidate(Product.EXCHANGE, "k", "Zoë", "zoe@northwind.example"),),
)


def signed_in(account: Account) -> ev.SignedInNow:
    return ev.SignedInNow(SignedIn(account, HOME, NOW))


async def sitting(path: Path, account: Account, *events: ev.Event) -> st.State:
    store = Store()
    keeper = Keeper(store, path)
    store.send(signed_in(account))
    for event in events:
        store.send(event)
    await keeper.flush()
    return store.state


async def test_answers_and_drafts_are_there_again_in_the_next_sitting(tmp_path: Path) -> None:
    path = tmp_path / "practice" / "progress.json"
    answers = st.Answers("sub-1", "rg-a", "westeurope", True, "westeurope", terms_at=NOW)
    await sitting(path, ADELE, ev.Answered(answers), ev.DraftPut(DRAFT))
    again = await sitting(path, ADELE)
    assert (again.answers, again.drafts) == (answers, (DRAFT,))


async def test_nobody_else_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    await sitting(path, ADELE, ev.DraftPut(DRAFT))
    assert (await sitting(path, BEN)).drafts == ()


async def test_what_is_on_screen_is_newer_than_what_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    await sitting(path, ADELE, ev.DraftPut(DRAFT))
    store = Store()
    newer = st.Answers("sub-2")
    store.send(ev.Answered(newer))
    keeper = Keeper(store, path)
    store.send(signed_in(ADELE))
    assert store.state.answers == newer
    await keeper.flush()


async def test_the_account_of_last_time_is_known_before_anybody_signs_in(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    await sitting(path, ADELE, ev.DraftPut(DRAFT))
    store = Store()
    Keeper(store, path)
    assert store.state.known == ADELE


async def test_a_folder_that_cannot_be_written_is_told_and_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    store = Store()
    keeper = Keeper(store, tmp_path / "taken" / "progress.json")
    store.send(signed_in(ADELE))
    store.send(ev.DraftPut(DRAFT))
    await keeper.flush()
    assert "could not be saved" in keeper.trouble
    assert store.state.drafts == (DRAFT,)
