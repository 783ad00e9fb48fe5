"""Where a sign-in is kept: the places with their reasons, the passphrase typed twice, and a sealed one at the start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.session import HomeOffer, KeptIn, TokenHome
from m365backup_tui.events import TOKEN_HOME, Arrived, Began, Broke, SignedInNow
from m365backup_tui.screens.widgets.entry import Entry
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated

PASSPHRASE = "correct horse"


def keeping() -> State:
    return states.signed_in(homes=Remote(states.OFFERS, NOW))


def entry(seat: Seat, name: str) -> Entry:
    return seat.app.screen.query_one(name, Entry)


async def test_every_place_is_named_with_what_it_means_and_the_one_in_use_is_marked() -> None:
    async with seated(keeping()) as seat:
        text = await seat.press("k")
        assert seat.app.asked == ["list_homes"]
        assert "Only until I leave the wizard     in use" in text
        assert "Nothing is ever written in plain text." in text
        assert "the kernel" in " ".join((await seat.press("down")).split())


async def test_a_place_that_this_host_has_not_says_why_and_is_not_taken() -> None:
    async with seated(keeping()) as seat:
        await seat.press("k", "end")
        assert "There is no session bus here" in " ".join(seat.text.split())
        await seat.press("enter")
        assert seat.app.asked == ["list_homes"]


async def test_enter_moves_what_is_kept_and_says_what_became_of_it() -> None:
    async with seated(keeping()) as seat:
        await seat.press("k", "down", "enter")
        assert seat.app.asked == ["list_homes", "keep_sign_in until-logout"]
        there = TokenHome(KeptIn.LOGOUT, "Your sign-in is kept until you log out.")
        seat.app.wizard.happen(Began(TOKEN_HOME, NOW), Arrived(TOKEN_HOME, there, NOW))
        assert "Done. Your sign-in is kept until you log out." in await seat.settle()


@pytest.mark.parametrize(
    ("offer", "says", "not_said"),
    [
        (
            HomeOffer(KeptIn.LOGOUT),
            "until you log out of this host, for 8 hours at most",
            "does not",
        ),
        (
            HomeOffer(KeptIn.LOGOUT, ends_with_login=False),
            "Logging out does not end it here.",
            "until you log out",
        ),
    ],
)
async def test_the_kernel_key_ends_after_hours_and_not_always_with_the_logout(
    offer: HomeOffer, says: str, not_said: str
) -> None:
    offers = (HomeOffer(KeptIn.MEMORY), offer)
    async with seated(states.signed_in(homes=Remote(offers, NOW))) as seat:
        await seat.press("k", "down")
        text = " ".join(seat.text.split())
        assert says in text
        assert not_said not in text
        assert ("For 8 hours on this host" in text) is not offer.ends_with_login


async def test_who_is_signed_in_reads_the_hours_not_a_logout_that_may_end_nothing() -> None:
    home = TokenHome(KeptIn.LOGOUT, "Logging out does not end it.")
    async with seated(states.signed_in(token_home=Remote(home, NOW))) as seat:
        assert "Kept          for 8 hours at most" in seat.text


async def test_a_keyring_that_is_gone_by_then_is_not_told_as_done() -> None:
    offers = (HomeOffer(KeptIn.MEMORY), HomeOffer(KeptIn.KEYRING))
    async with seated(states.signed_in(homes=Remote(offers, NOW))) as seat:
        await seat.press("k", "down", "enter")
        gone = TokenHome(KeptIn.MEMORY, "The keyring did not answer within three seconds.")
        seat.app.wizard.happen(Began(TOKEN_HOME, NOW), Arrived(TOKEN_HOME, gone, NOW))
        text = await seat.settle()
        assert "It is not kept there. The keyring did not answer" in text
        assert "Done." not in text


async def test_trouble_with_the_move_is_told() -> None:
    async with seated(keeping()) as seat:
        await seat.press("k", "down", "enter")
        seat.app.wizard.happen(Broke(TOKEN_HOME, Broken("The disk is full.")))
        assert "The disk is full." in await seat.settle()


async def test_a_passphrase_is_typed_twice_and_hidden() -> None:
    async with seated(keeping()) as seat:
        await seat.press("k", "down", "down", "enter")
        await seat.type(PASSPHRASE)
        await seat.press("enter")
        await seat.type(PASSPHRASE)
        assert PASSPHRASE not in seat.text
        await seat.press("enter")
        assert seat.app.asked[-1] == "keep_sign_in passphrase with a passphrase"
        assert seat.app.wizard.typed == PASSPHRASE
        assert PASSPHRASE not in repr(seat.state)


async def test_two_that_differ_lose_nothing_and_can_be_corrected() -> None:
    async with seated(keeping()) as seat:
        await seat.press("k", "down", "down", "enter")
        await seat.type(PASSPHRASE)
        await seat.press("enter")
        await seat.type(PASSPHRASE[:-1])
        assert "The two are not the same." in await seat.press("enter")
        assert entry(seat, "#first").value == PASSPHRASE
        assert seat.app.asked == ["list_homes"]
        await seat.type("e")
        await seat.press("enter")
        assert seat.app.wizard.typed == PASSPHRASE


async def test_a_short_one_is_refused_with_the_rule_which_is_on_the_page_before() -> None:
    async with seated(keeping()) as seat:
        assert "At least 8 characters. Nobody can recover a forgotten one" in await seat.press(
            "k", "down", "down", "enter"
        )
        await seat.type("short")
        await seat.press("enter", "down")
        await seat.type("short")
        await seat.press("enter")
        assert seat.app.asked == ["list_homes"]
        assert entry(seat, "#first").value == "short"


async def test_esc_leaves_the_lines_first_and_keeps_what_was_typed() -> None:
    async with seated(keeping()) as seat:
        await seat.press("k", "down", "down", "enter")
        await seat.type("half a")
        await seat.press("escape")
        assert seat.page == "TokenHomePage"
        await seat.press("enter")
        assert entry(seat, "#first").value == "half a"
        await seat.press("escape", "escape")
        assert seat.page == "SignInScreen"


# --- a sealed sign-in at the start -----------------------------------------------------------------------------------

SEALED = "Your sign-in is kept encrypted on this host; it opens with your passphrase."


def locked(why: str = SEALED) -> TokenHome:
    return TokenHome(KeptIn.PASSPHRASE, why, locked=True)


def at_the_start() -> State:
    return states.signing_in(device_code=Remote(), token_home=Remote(locked(), NOW))


async def tries(seat: Seat, passphrase: str, answer: TokenHome) -> str:
    await seat.type(passphrase)
    await seat.press("enter")
    seat.app.wizard.happen(Began(TOKEN_HOME, NOW), Arrived(TOKEN_HOME, answer, NOW))
    return await seat.settle()


async def test_a_sealed_sign_in_asks_for_its_passphrase_before_any_code() -> None:
    async with seated(at_the_start()) as seat:
        await seat.settle()
        assert seat.page == "UnlockPage"
        assert SEALED in seat.text
        assert seat.app.asked == []


async def test_the_right_passphrase_leads_on_by_itself() -> None:
    async with seated(at_the_start()) as seat:
        await seat.settle()
        await tries(seat, PASSPHRASE, TokenHome(KeptIn.PASSPHRASE, "Open."))
        assert seat.app.wizard.typed == PASSPHRASE
        seat.app.wizard.happen(SignedInNow(states.SIGNED_IN))
        await seat.settle()
        await seat.settle()
        assert seat.state.at is StepId.PERMISSIONS


async def test_three_wrong_ones_end_in_a_new_sign_in_and_say_what_stays() -> None:
    async with seated(at_the_start()) as seat:
        await seat.settle()
        for left in ("2 tries are", "one try is"):
            why = f"This passphrase does not open it; {left} left."
            assert why in await tries(seat, "wrong", locked(why))
            assert seat.page == "UnlockPage"
        stays = TokenHome(KeptIn.MEMORY, "It stays on this host; sign in anew for now.")
        text = await tries(seat, "wrong", stays)
        assert "The kept sign-in was not opened." in text
        assert "It stays on this host; sign in anew for now." in text
        assert seat.app.asked == ["unlock_sign_in"] * 3  # nothing begins before that was read
        await seat.press("enter")
        await seat.settle()
        assert seat.page == "SignInScreen"
        assert seat.app.asked == ["unlock_sign_in"] * 3 + ["sign_in"]


async def test_esc_signs_in_anew_instead() -> None:
    async with seated(at_the_start()) as seat:
        await seat.settle()
        await seat.press("escape")
        await seat.settle()
        assert seat.page == "SignInScreen"
        assert seat.app.asked == ["sign_in"]


async def test_a_damaged_file_is_told_and_nothing_hangs() -> None:
    async with seated(at_the_start()) as seat:
        await seat.settle()
        await seat.type(PASSPHRASE)
        await seat.press("enter")
        seat.app.wizard.happen(Broke(TOKEN_HOME, Broken("The file is damaged.")))
        assert "The file is damaged." in await seat.settle()
        await seat.press("escape")
        await seat.settle()
        assert seat.app.asked[-1] == "sign_in"


async def test_an_opened_sign_in_that_does_not_hold_any_more_goes_on_to_a_new_one() -> None:
    async with seated(at_the_start()) as seat:
        await seat.settle()
        await tries(seat, PASSPHRASE, TokenHome(KeptIn.PASSPHRASE, "Open.", locked=False))
        seat.app.wizard.clock.time = NOW + timedelta(seconds=1)
        await seat.settle()
        assert seat.page == "SignInScreen"
        assert seat.app.asked == ["unlock_sign_in", "sign_in"]
