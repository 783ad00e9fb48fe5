"""A quick edit begins with what was seen last: dated, not to be planned from, and taken away when it is not true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.session import SignedIn
from m365backup_tui.events import (
    NAMED,
    OPENED,
    POLICIES,
    READINESS,
    AccountKnown,
    Arrived,
    Began,
    SeenEnded,
    SignedInNow,
)
from m365backup_tui.state import NamedUnits, Opened, Remote, Seen, State
from m365backup_tui.steps import StepId
from tests.screens import states as base
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated

EARLIER = NOW - timedelta(days=1)
OTHER = SignedIn(base.MEGAN, base.HOME, NOW)


def seen(name: str = "everyone", **changes: object) -> State:
    """As `edit onedrive NAME` begins on a warm cache: nobody is signed in yet."""
    opened: Remote[Opened] = Remote(Opened(s.EVERYONE, s.UNITS), EARLIER) if name else Remote()
    blank = State(
        at=StepId.POLICIES,
        history=(StepId.SIGN_IN, StepId.PERMISSIONS),
        started=True,
        quick=True,
        wanted=("onedrive", name),
        place=base.PLACE,
        known=base.ACCOUNT,
        seen=Seen(base.ACCOUNT, EARLIER),
        policies=Remote(s.POLICIES, EARLIER),
        opened=opened,
    )
    return replace(blank, **changes)  # type: ignore[arg-type]


def reads_anew(seat: Seat) -> None:
    """The sign-in holds, the check is made, the policies and the opened one have come."""
    report = s.policies().readiness.value
    assert report is not None
    seat.app.wizard.happen(
        SignedInNow(base.SIGNED_IN),
        Arrived(READINESS, report, NOW),
        Arrived(POLICIES, s.POLICIES, NOW),
        Arrived(OPENED, Opened(s.EVERYONE, s.UNITS[1:]), NOW),
    )


async def test_the_policy_is_open_at_once_and_says_how_old_it_is() -> None:
    async with seated(seen()) as seat:
        assert seat.page == "PolicyDetailScreen"
        assert s.UNITS[0].name in seat.text
        words = " ".join(seat.text.split())
        assert "As it was on 20 Nov" in words
        assert "it is being read again." in words
        assert "(signing in)" in seat.text
        assert not any("open_policy" in asked for asked in seat.app.asked)  # nobody to ask as yet


async def test_it_is_read_anew_once_somebody_is_signed_in_and_what_was_marked_stays() -> None:
    async with seated(seen()) as seat:
        await seat.press("d")
        assert [d.remove for d in seat.state.drafts] == [(s.UNITS[0],)]
        assert "Your sign-in is being taken up again" in await seat.press("v")
        assert seat.app.at() is StepId.POLICIES
        seat.app.wizard.happen(SignedInNow(base.SIGNED_IN))
        await seat.settle()
        assert f"open_policy {s.EVERYONE.id}" in seat.app.asked
        assert "The permission check is still running" in await seat.press("v")
        reads_anew(seat)
        seat.app.wizard.happen(SeenEnded())
        text = await seat.settle()
        assert "As it was on" not in text
        assert s.UNITS[0].name not in text
        assert len(seat.state.drafts) == 1
        await seat.press("v")
        assert seat.app.at() is StepId.REVIEW


async def test_another_name_that_somebody_gave_it_meanwhile_is_told() -> None:
    async with seated(seen()) as seat:
        assert "It was called" not in seat.text
        reads_anew(seat)
        assert "It was called" not in await seat.settle()
        renamed = replace(s.EVERYONE, name="Whole company")
        others = tuple(one for one in s.POLICIES if one.id != s.EVERYONE.id)
        seat.app.wizard.happen(
            Arrived(POLICIES, (renamed, *others), NOW),
            Arrived(OPENED, Opened(renamed, s.UNITS), NOW),
            SeenEnded(),
        )
        text = await seat.settle()
        assert "OneDrive “Whole company”" in text
        assert f"It was called “{s.EVERYONE.name}” when you opened it." in text


async def test_nothing_that_needs_the_cloud_is_asked_before_there_is_a_sign_in() -> None:
    async with seated(seen()) as seat:
        for key in ("r", "g", "a"):
            assert "Your sign-in is being taken up again" in await seat.press(key)
        await seat.press("escape")
        for key in ("r", "k"):
            assert "Your sign-in is being taken up again" in await seat.press(key)
        assert "Your sign-in is being taken up again" in await seat.press("end", "enter")
        assert seat.app.asked == []


async def test_another_account_takes_all_of_it_away_and_says_so() -> None:
    async with seated(seen()) as seat:
        await seat.press("d")
        seat.app.wizard.happen(SignedInNow(OTHER))
        assert "what adele.vance@contoso.com saw here" in " ".join((await seat.settle()).split())
        assert seat.app.at() is StepId.PERMISSIONS
        assert seat.state.policies.value is None
        assert seat.state.opened.value is None
        assert seat.state.drafts == ()
        report = s.policies().readiness.value
        assert report is not None
        seat.app.wizard.happen(Arrived(READINESS, report, NOW))
        seat.app.wizard.go(StepId.POLICIES)
        await seat.settle()
        assert "load_policies" in seat.app.asked
        theirs = replace(s.EVERYONE, id="p-9")
        seat.app.wizard.happen(Arrived(POLICIES, (theirs,), NOW))
        words = " ".join((await seat.settle()).split())
        assert seat.page == "PolicyDetailScreen"  # the name is looked for in the other tenant
        assert s.UNITS[1].name not in words
        assert f"You are signed in as {base.MEGAN.username}" in words
        assert "What you had begun to change there was dropped." in words


async def test_a_sign_in_that_is_gone_leads_to_the_sign_in_page_and_back_to_the_policy() -> None:
    async with seated(seen()) as seat:
        await seat.press("d")
        seat.app.wizard.happen(
            AccountKnown(None), SeenEnded(kept=False, why="The sign-in is gone.")
        )
        await seat.settle()
        assert seat.page == "SignInScreen"
        assert "The sign-in is gone." in seat.text
        assert len(seat.state.drafts) == 1
        report = s.policies().readiness.value
        assert report is not None
        seat.app.wizard.happen(SignedInNow(base.SIGNED_IN), Arrived(READINESS, report, NOW))
        seat.app.wizard.go(StepId.POLICIES)
        await seat.settle()
        seat.app.wizard.happen(Arrived(POLICIES, s.POLICIES, NOW))
        await seat.settle()
        assert seat.page == "PolicyDetailScreen"
        assert len(seat.state.drafts) == 1


async def test_after_that_somebody_else_does_not_get_what_was_marked() -> None:
    async with seated(seen()) as seat:
        await seat.press("d")
        seat.app.wizard.happen(AccountKnown(None), SeenEnded(kept=False), SignedInNow(OTHER))
        await seat.settle()
        assert seat.state.drafts == ()


async def test_the_list_keeps_its_cursor_when_it_is_read_anew() -> None:
    async with seated(seen()) as seat:
        await seat.press("escape")
        assert seat.row == f"policy:{s.EVERYONE.id}"
        await seat.press("down", "down")
        row = seat.row
        reads_anew(seat)
        await seat.settle()
        assert seat.row == row
        seat.app.wizard.happen(SeenEnded())
        await seat.settle()
        assert seat.row == row


async def test_a_service_alone_puts_the_cursor_there() -> None:
    async with seated(seen("", wanted=("sharepoint", ""))) as seat:
        assert seat.page == "PoliciesScreen"
        assert seat.row == f"policy:{s.PROJECTS.id}"


async def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    there = {"quick": True, "policies": Remote(s.POLICIES, NOW)}
    async with seated(s.policies(**there, wanted=("onedrive", "evryone"))) as seat:
        words = " ".join(seat.text.split())
        assert seat.page == "PoliciesScreen"
        assert "There is no OneDrive policy “evryone”. There is “Everyone”." in words
    async with seated(s.policies(**there, wanted=("onedrive", "EVERYONE"))) as seat:
        assert seat.page == "PolicyDetailScreen"


def named(words: str, **found: object) -> Arrived[NamedUnits]:
    value = NamedUnits("p-1", words, False, **found)  # type: ignore[arg-type]
    return Arrived(NAMED, value, NOW)


async def test_a_name_is_typed_looked_up_and_added() -> None:
    async with seated(s.detail()) as seat:
        await seat.press("enter", "t")
        await seat.type("diego")
        await seat.press("enter")
        assert seat.app.asked[-1] == "name_units p-1 diego"
        seat.app.wizard.happen(Began(NAMED, NOW), named("diego", add=(s.DIEGO,)))
        text = await seat.settle()
        assert f"To be added: {s.DIEGO.name}" in text
        assert [d.add for d in seat.state.drafts] == [(s.DIEGO,)]
        assert "Enter Done" in text
        await seat.press("ctrl+r")
        assert seat.app.at() is StepId.REVIEW


async def test_what_another_policy_holds_moves_at_a_second_enter_only() -> None:
    held = replace(s.DIEGO, policy="Leaders")
    async with seated(s.detail()) as seat:
        await seat.press("enter", "t")
        await seat.type("diego")
        await seat.press("enter")
        seat.app.wizard.happen(Began(NAMED, NOW), named("diego", moves=(held,)))
        words = " ".join((await seat.settle()).split())
        assert "“Leaders” protects it already" in words
        assert "Enter Move it here" in words
        assert not seat.state.drafts
        assert "To be added" in await seat.press("enter")
        assert [d.add for d in seat.state.drafts] == [(held,)]


async def test_a_changed_line_forgets_the_offer_to_move() -> None:
    held = replace(s.DIEGO, policy="Leaders")
    async with seated(s.detail()) as seat:
        await seat.press("enter", "t")
        await seat.type("diego")
        await seat.press("enter")
        seat.app.wizard.happen(Began(NAMED, NOW), named("diego", moves=(held,)))
        await seat.settle()
        await seat.press("s", "enter")
        assert seat.state.drafts == ()
        assert seat.app.asked[-1] == "name_units p-1 diegos"


async def test_what_is_wrong_is_said_and_the_words_stay() -> None:
    async with seated(s.detail()) as seat:
        await seat.press("enter", "t", "tab")
        await seat.type("nobdy")
        await seat.press("enter")
        assert seat.app.asked[-1] == "name_units p-1 nobdy removing"
        found = NamedUnits("p-1", "nobdy", True, problems=("nobdy: No account has this name.",))
        seat.app.wizard.happen(Began(NAMED, NOW), Arrived(NAMED, found, NOW))
        text = await seat.settle()
        assert "nobdy: No account has this name." in text
        assert "Remove: nobdy" in text


async def test_a_name_typed_before_the_sign_in_is_looked_up_after_it() -> None:
    async with seated(seen()) as seat:
        await seat.press("t")
        await seat.type("diego")
        assert "then it is looked up" in await seat.press("enter")
        assert seat.app.asked == []
        seat.app.wizard.happen(SignedInNow(base.SIGNED_IN))
        await seat.settle()
        assert "name_units p-1 diego" in seat.app.asked


async def test_what_waits_in_another_policy_is_not_taken_twice() -> None:
    other = Draft(Product.ONEDRIVE, "Leaders", add=(s.DIEGO,), power=Power.ACTIVATE)
    async with seated(s.detail(drafts=(other,))) as seat:
        await seat.press("enter", "t")
        await seat.type("diego")
        await seat.press("enter")
        seat.app.wizard.happen(Began(NAMED, NOW), named("diego", add=(s.DIEGO,)))
        words = " ".join((await seat.settle()).split())
        assert "It is in “Leaders” already, which waits to be applied." in words
        assert seat.state.drafts == (other,)
