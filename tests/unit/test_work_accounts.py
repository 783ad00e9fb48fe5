"""Switching and signing out as use cases: what is told, and in which order, with an identity that only records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

from m365backup_tui.domain.errors import CloudError, Forbidden, NotSignedIn, Unreachable
from m365backup_tui.domain.session import Account, KeptIn, TokenHome
from m365backup_tui.events import ACCOUNTS, Arrived, Broke, Event, SignedInNow, SignedOut
from m365backup_tui.ports import Tools
from m365backup_tui.work import accounts, check_access
from tests.unit.fakes import FakeDirectory, make_tools

ADELE = Account("t", "adele", "adele@northwind.example", "Adele")
BEN = Account("u", "ben", "ben@contoso.example", "Ben")


@dataclass
class Kept:
    """The part of an identity that is about accounts."""

    people: tuple[Account, ...] = (ADELE, BEN)
    error: CloudError | None = None
    asked: list[str] = field(default_factory=list)

    async def accounts(self) -> tuple[Account, ...]:
        return self.people

    async def resume(self, account: Account | None = None) -> Account | None:
        self.asked.append("resume")
        if self.error is not None:
            raise self.error
        return account if account in self.people else None

    async def sign_out(self, account: Account | None = None) -> None:
        self.asked.append("sign_out")
        self.people = tuple(one for one in self.people if account and one != account)

    async def token_home(self) -> TokenHome:
        self.asked.append("token_home")
        return TokenHome(KeptIn.MEMORY, "in memory")

    async def warm_up(self) -> None:
        self.asked.append("warm_up")

    async def forget_refusals(self) -> None:
        self.asked.append("forget_refusals")


def tools_with(kept: Kept, directory: FakeDirectory | None = None) -> Tools:
    tools = make_tools(cast(Any, None))
    return replace(
        tools, identity=cast(Any, kept), directory=cast(Any, directory or FakeDirectory())
    )


async def told(work: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in work]


async def test_nothing_is_awaited_between_the_switch_and_its_event() -> None:
    kept = Kept()
    work = accounts.switch(tools_with(kept), BEN)
    first = await anext(work)
    assert isinstance(first, SignedInNow)
    assert first.signed_in.account == BEN
    assert kept.asked == ["token_home", "warm_up", "resume"], "what takes time comes before"


async def test_a_switch_that_fails_is_told_and_changes_nobody() -> None:
    for kept, kind in ((Kept((ADELE,)), NotSignedIn), (Kept(error=Unreachable("no")), Unreachable)):
        events = await told(accounts.switch(tools_with(kept), BEN))
        (broke,) = events
        assert isinstance(broke, Broke)
        assert broke.slot is ACCOUNTS
        assert isinstance(broke.error, kind)


async def test_only_who_is_signed_in_leaves_the_session_by_signing_out() -> None:
    for gone, mine, leaves in ((BEN, ADELE, False), (ADELE, ADELE, True), (None, ADELE, True)):
        events = await told(accounts.sign_out(tools_with(Kept()), gone, mine))
        assert any(isinstance(one, SignedOut) for one in events) is leaves
        listed = [one for one in events if isinstance(one, Arrived)]
        assert listed[-1].value == (() if gone is None else tuple({ADELE, BEN} - {gone}))


async def test_nothing_is_forgotten_here_where_the_sessions_were_not_ended() -> None:
    class Refusing(FakeDirectory):
        async def end_my_sessions(self) -> None:
            raise Forbidden("not allowed")

    kept = Kept()
    (broke,) = await told(accounts.sign_out_everywhere(tools_with(kept, Refusing()), ADELE))
    assert isinstance(broke, Broke)
    assert kept.people == (ADELE, BEN)
    directory = FakeDirectory()
    events = await told(accounts.sign_out_everywhere(tools_with(kept, directory), ADELE))
    assert directory.ended_sessions == 1
    assert any(isinstance(one, SignedOut) for one in events)
    assert await kept.accounts() == (BEN,)


async def test_a_guest_is_told_what_that_means() -> None:
    class Azure:
        async def subscriptions(self) -> tuple[()]:
            return ()

    tools = replace(tools_with(Kept()), azure=cast(Any, Azure()))
    for account, words in ((ADELE, ""), (replace(ADELE, guest=True), "You are a guest in")):
        events = await told(check_access.check(tools, account))
        (report,) = [one.value for one in events if isinstance(one, Arrived)]
        notes = [note for note in report.notes if "guest" in note]
        assert [note[: len(words)] for note in notes] == ([words] if words else [])
