"""What the wizard keeps between sittings, and to whom it gives it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from m365backup_tui import events as ev
from m365backup_tui import state as st
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import Account, KeptIn, SignedIn, TokenHome
from m365backup_tui.domain.units import Candidate
from m365backup_tui.keeper import Keeper
from m365backup_tui.progress import known_account
from m365backup_tui.progress_units import LARGE
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


# --- several people -----------------------------------------------------------------------------------------------

BENS = Draft(
    Product.SHAREPOINT,
    "Sites",
    add=(Candidate(Product.SHAREPOINT, "s", "Ben's", "https://northwind.example/ben"),),
)


def _files(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def _drafts(store: Store) -> tuple[Draft, ...]:
    return store.state.drafts


async def test_each_person_finds_their_own_again_in_one_sitting(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    store = Store()
    keeper = Keeper(store, path)
    store.send(signed_in(ADELE))
    store.send(ev.DraftPut(DRAFT))  # not written yet: the switch comes sooner than the disk
    store.send(signed_in(BEN))
    assert not _drafts(store)
    await keeper.settled()
    store.send(ev.DraftPut(BENS))
    store.send(signed_in(ADELE))
    await keeper.settled()
    assert _drafts(store) == (DRAFT,)
    store.send(signed_in(BEN))
    await keeper.settled()
    assert _drafts(store) == (BENS,)
    await keeper.flush()
    assert known_account(path) == BEN
    assert (await sitting(path, ADELE)).drafts == (DRAFT,)
    assert (await sitting(path, BEN)).drafts == (BENS,)


async def test_going_there_and_back_faster_than_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    store = Store()
    keeper = Keeper(store, path)
    for account, draft in ((ADELE, DRAFT), (BEN, BENS), (ADELE, None), (BEN, None), (ADELE, None)):
        store.send(signed_in(account))
        if draft is not None:
            store.send(ev.DraftPut(draft))
    await keeper.settled()
    assert store.state.drafts == (DRAFT,)
    await keeper.flush()
    assert (await sitting(path, BEN)).drafts == (BENS,)


async def test_the_one_who_kept_nothing_does_not_lose_the_other_ones(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    await sitting(path, ADELE, ev.DraftPut(DRAFT))
    await sitting(path, BEN)
    assert known_account(path) is None, "nobody's, until Ben changes something"
    assert (await sitting(path, ADELE)).drafts == (DRAFT,)


async def test_signing_out_does_not_write_an_empty_sitting_over_what_was_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "progress.json"
    store = Store()
    keeper = Keeper(store, path)
    store.send(signed_in(ADELE))
    store.send(ev.DraftPut(DRAFT))
    store.send(ev.SignedOut())
    await keeper.flush()
    assert (await sitting(path, ADELE)).drafts == (DRAFT,)


async def test_large_drafts_go_with_their_person(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    many = tuple(
        Candidate(Product.EXCHANGE, f"k{n}", f"N{n}", f"n{n}@northwind.example")
        for n in range(LARGE + 1)
    )
    large, other = Draft(Product.EXCHANGE, "Large", add=many), replace(BENS, add=many[:3])
    await sitting(path, ADELE, ev.DraftPut(large))
    await sitting(path, BEN, ev.DraftPut(replace(large, name="Ben's")), ev.DraftPut(other))
    assert len(_files(tmp_path, "*.units")) == 2
    assert (await sitting(path, ADELE)).drafts == (large,)
    assert (await sitting(path, BEN)).drafts == (replace(large, name="Ben's"), other)
    assert len(_files(tmp_path, "*.units")) == 2, "none is left behind"


async def test_what_was_put_aside_and_cannot_be_read_is_not_met_again(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    await sitting(path, ADELE, ev.DraftPut(DRAFT))
    await sitting(path, BEN, ev.DraftPut(BENS))
    (aside,) = _files(tmp_path, "progress-*.json")
    aside.write_text("{")
    assert (await sitting(path, ADELE)).drafts == ()
    assert (await sitting(path, BEN)).drafts == (BENS,)
