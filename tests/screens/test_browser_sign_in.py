"""Signing in through a browser: three steps, the paste in all its ways, and the other way one key apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual import events

from m365backup_tui.domain.errors import Rejected, Remedy, SignInRefused, Unreachable
from m365backup_tui.domain.session import Way
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.events import (
    BROWSER,
    DEVICE_CODE,
    PASTED,
    Arrived,
    Broke,
    SettingsKnown,
    SignedInNow,
)
from m365backup_tui.screens.sign_in import SignInScreen
from m365backup_tui.screens.this_host import Host, this_host
from m365backup_tui.screens.widgets.address_box import AddressBox
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated

GOOD = "http://localhost:8400/?code=0.AXoA-a-code&state=the-state"


@pytest.fixture(autouse=True)
def on_a_jump_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SignInScreen, "HERE", staticmethod(lambda: Host("jump01", "adele")))


async def paste(seat: Seat, text: str) -> str:
    seat.app.post_message(events.Paste(text))
    return await seat.settle()


def box(seat: Seat) -> AddressBox:
    return seat.app.screen.query_one(AddressBox)


# --- what is shown --------------------------------------------------------------------------------------------------


async def test_the_three_steps_name_port_host_and_the_keys_that_take_the_whole_address() -> None:
    async with seated(states.by_browser()) as seat:
        assert "ssh -L 8400:localhost:8400 adele@jump01" in seat.text
        assert "login.microsoftonline.com/organizations/oauth2/v2.0/authorize?" in seat.text
        assert f"{len(states.URL)} characters in all: U copies" in seat.text
        assert "Listening on port 8400. Still valid for 14:32" in seat.text
        assert "ssss" not in seat.text  # folded


async def test_nothing_listens_is_said_with_its_reason_and_pasting_still_works() -> None:
    taken = replace(states.BROWSER, why_not_listening="Port 8400 is taken by another program.")
    async with seated(states.by_browser(browser=Remote(taken, NOW, NOW))) as seat:
        assert "Port 8400 is taken by another program." in seat.text
        assert "Steps 2 and 3 work without it." in seat.text
        assert "ssh -L" not in seat.text
        await paste(seat, GOOD)
        assert seat.app.asked == [f"paste_address {GOOD!r}"]


def test_the_line_for_ssh_names_a_port_of_the_server_that_is_not_the_usual_one() -> None:
    host = this_host({"SSH_CONNECTION": "10.0.0.9 50022 10.0.0.5 2222"})
    assert host.ssh_port == 2222
    assert host.remote
    assert not this_host({}).remote
    assert this_host({"SSH_CONNECTION": "nonsense"}).ssh_port == 0


async def test_u_copies_the_whole_address_and_says_so() -> None:
    async with seated(states.by_browser()) as seat:
        told = await seat.press("u")
        assert f"Sent {len(states.URL)} characters to the clipboard." in told


async def test_w_asks_where_to_save_the_address() -> None:
    async with seated(states.by_browser()) as seat:
        assert "0600" in await seat.press("w")
        await seat.press("enter")
        assert any(asked.startswith("save_address ") for asked in seat.app.asked)


async def test_an_address_that_has_expired_says_so_and_n_asks_for_another() -> None:
    async with seated(states.by_browser()) as seat:
        seat.app.wizard.clock.time = NOW + timedelta(minutes=20)
        seat.app.screen.tick(seat.state)  # type: ignore[attr-defined]
        assert "The address has expired. Press N for a new one." in await seat.settle()
        await seat.press("n")
        assert seat.app.asked == ["cancel_sign_in", "sign_in_by_browser"]


# --- the paste ------------------------------------------------------------------------------------------------------


async def test_a_paste_finds_its_box_wherever_the_cursor_is_and_is_read_at_once() -> None:
    async with seated(states.by_browser()) as seat:
        assert seat.app.focused is None
        await paste(seat, GOOD)
        assert seat.app.asked == [f"paste_address {GOOD!r}"]


async def test_a_paste_with_line_breaks_is_one_address_in_the_box_too() -> None:
    broken = GOOD[:20] + "\r\n" + GOOD[20:40] + "\n" + GOOD[40:]
    async with seated(states.by_browser()) as seat:
        await seat.press("tab")
        await paste(seat, broken)
        assert box(seat).value == GOOD
        assert seat.app.asked == [f"paste_address {broken!r}"]


async def test_a_wrong_paste_stays_with_its_sentence_and_the_next_one_takes_its_place() -> None:
    async with seated(states.by_browser()) as seat:
        await paste(seat, states.URL)
        wrong = Rejected(
            "That is the address you opened, not the one at which the browser ended. Copy that one."
        )
        seat.app.wizard.happen(Broke(PASTED, wrong))
        seen = await seat.settle()
        lines = seen.splitlines()
        told = next(at for at, line in enumerate(lines) if "That is the address you opened" in line)
        assert lines[told + 1].startswith("    Copy that one.")  # its lines stand below each other
        text = " ".join(seen.split())
        assert "Listening on port 8400" in text  # the wait goes on
        assert box(seat).value == states.URL
        await paste(seat, GOOD)
        assert box(seat).value == GOOD


async def test_a_good_paste_is_cleared_and_is_nowhere_in_the_state() -> None:
    async with seated(states.by_browser()) as seat:
        await paste(seat, GOOD)
        seat.app.wizard.happen(Arrived(PASTED, True, NOW))
        assert "The address is good. Signing in." in await seat.settle()
        assert box(seat).value == ""
        assert "0.AXoA" not in repr(seat.state)
        assert "0.AXoA" not in seat.text


async def test_what_is_typed_stays_when_esc_leaves_the_box_and_enter_reads_it() -> None:
    async with seated(states.by_browser()) as seat:
        await seat.press("tab")
        await seat.type("localhost")
        await seat.press("escape")
        assert seat.state.at is StepId.SIGN_IN
        assert box(seat).value == "localhost"
        assert "U Copy" in seat.text
        await seat.press("tab", "enter")
        assert seat.app.asked == ["paste_address 'localhost'"]


async def test_what_is_typed_stays_while_the_page_is_drawn_anew() -> None:
    async with seated(states.by_browser()) as seat:
        await seat.press("tab")
        await seat.type("half")
        seat.app.wizard.happen(SettingsKnown(SignInSettings(way=Way.BROWSER, port=8401)))
        await seat.settle()
        assert box(seat).value == "half"
        assert seat.app.focused is not None


async def test_letters_in_the_box_are_letters() -> None:
    async with seated(states.by_browser(place=states.PRACTICE)) as seat:
        await seat.press("tab")
        await seat.press("b", "n", "p", "u")
        assert box(seat).value == "bnpu"
        assert seat.app.asked == []


async def test_enter_on_an_empty_box_says_what_to_do() -> None:
    async with seated(states.by_browser()) as seat:
        assert "Nothing is in the box yet" in await seat.press("tab", "enter")
        assert seat.app.asked == []


# --- the other way --------------------------------------------------------------------------------------------------


async def test_b_goes_to_the_other_way_and_back_and_gives_up_what_was_pending() -> None:
    async with seated(states.signing_in()) as seat:
        await seat.press("b")
        assert seat.state.device_code == Remote()
        seat.app.wizard.happen(Arrived(BROWSER, states.BROWSER, NOW, more=True))
        assert "ssh -L" in await seat.settle()
        await seat.press("b")
        assert seat.state.browser == Remote()
        assert seat.app.asked == [
            "cancel_sign_in",
            "sign_in_by_browser",
            "cancel_sign_in",
            "sign_in",
        ]


async def test_the_way_that_worked_is_remembered_and_nobody_is_asked() -> None:
    async with seated(states.signing_in(device_code=Remote())) as seat:
        came = replace(states.SIGNED_IN, way=Way.BROWSER)
        seat.app.wizard.happen(SignedInNow(came))
        await seat.settle()
        assert "change_sign_in browser" in seat.app.asked
        assert seat.state.how is not None
        assert seat.state.how.way is Way.BROWSER


async def test_the_remembered_way_is_the_first_one_next_time() -> None:
    async with seated(states.by_browser(browser=Remote())) as seat:
        await seat.settle()
        assert seat.app.asked == ["sign_in_by_browser"]


async def test_blocked_for_one_way_makes_enter_the_other_way() -> None:
    blocked = SignInRefused(
        "A Conditional Access policy of your organization blocks this sign-in.",
        "AADSTS53003",
        remedy=Remedy.OTHER_WAY,
    )
    async with seated(states.signing_in(device_code=Remote(error=blocked))) as seat:
        assert "Enter By browser" in seat.text
        assert "N New code" in seat.text
        await seat.press("enter")
        assert seat.app.asked == ["cancel_sign_in", "sign_in_by_browser"]
        seat.app.wizard.happen(Broke(BROWSER, blocked))
        assert "Enter By code" in await seat.settle()
        await seat.press("n")
        assert seat.app.asked[-1] == "sign_in_by_browser"


async def test_what_the_browser_alone_refused_ends_no_waiting() -> None:
    async with seated(states.by_browser()) as seat:
        seat.app.wizard.happen(Broke(BROWSER, Rejected("The browser says: blocked.")))
        text = " ".join((await seat.settle()).split())
        assert "The browser says: blocked." in text
        assert "Sign in: open one address" in text
        assert "Listening on port 8400. Still valid for" in text
        assert "It worked" not in text


@pytest.mark.parametrize("number", [53000, 53001, 50097, 50005, 530036])
async def test_a_browser_that_was_no_managed_one_is_not_sent_to_a_code(number: int) -> None:
    refused = SignInRefused("No.", f"AADSTS{number}", remedy=Remedy.OTHER_WAY)
    async with seated(states.by_browser(browser=Remote(error=refused))) as seat:
        assert "Press Enter for a new address." in " ".join(seat.text.split())
        await seat.press("enter")
        assert seat.app.asked[-1] == "sign_in_by_browser"
    how = SignInSettings(way=Way.CODE)
    async with seated(states.signing_in(device_code=Remote(error=refused), how=how)) as seat:
        await seat.press("enter")
        assert seat.app.asked[-1] == "sign_in_by_browser"


@pytest.mark.parametrize("way", Way)
async def test_the_wrong_person_is_led_to_the_accounts_too(way: Way) -> None:
    wrong = SignInRefused("You signed in as somebody else.", remedy=Remedy.OTHER_ACCOUNT)
    needs = SignInRefused("The token belongs to another account.", "account_mismatch")
    slot = "browser" if way is Way.BROWSER else "device_code"
    changes = {"device_code": Remote(), "how": SignInSettings(way=way), slot: Remote(error=wrong)}
    state = states.signing_in(signed_in=states.SIGNED_IN, needs=needs, **changes)
    async with seated(state) as seat:
        assert "O shows the accounts on this host." in " ".join(seat.text.split())
        assert needs.what not in seat.text  # one trouble at a time
        assert "O Accounts" in seat.text.splitlines()[-1]
        await seat.press("o")
        assert seat.page == "AccountsPage"


async def test_what_enter_does_is_said_once() -> None:
    expired = SignInRefused("The code has expired.", "AADSTS70019", remedy=Remedy.SIGN_IN)
    async with seated(states.signing_in(device_code=Remote(error=expired))) as seat:
        assert seat.text.count("new code") == 1


@pytest.mark.parametrize(
    "refused",
    [
        SignInRefused("The code has expired.", "expired_token"),
        SignInRefused("The sign-in was declined in the browser.", "authorization_declined"),
        SignInRefused("You signed in as somebody else.", remedy=Remedy.OTHER_ACCOUNT),
        Unreachable("The sign-in service cannot be reached."),
    ],
    ids=["expired", "declined", "other account", "line dropped"],
)
@pytest.mark.parametrize("way", Way)
async def test_whatever_went_wrong_enter_tries_anew_and_b_the_other_way(
    refused: SignInRefused | Unreachable, way: Way
) -> None:
    slot = "browser" if way is Way.BROWSER else "device_code"
    how = SignInSettings(way=way)
    state = states.signing_in(**{"device_code": Remote(), "how": how, slot: Remote(error=refused)})
    async with seated(state) as seat:
        text = " ".join(seat.text.split())
        assert refused.what in text
        assert "ress Enter for a new" in text
        assert f"B {'Code' if way is Way.BROWSER else 'Browser'}" in text
        await seat.press("enter")
        assert seat.app.asked[-1] == ("sign_in_by_browser" if way is Way.BROWSER else "sign_in")


async def test_esc_gives_the_address_up_and_goes_back_with_nothing_begun_anew() -> None:
    async with seated(states.by_browser()) as seat:
        await seat.press("escape")
        assert seat.state.at is StepId.WELCOME
        assert seat.app.asked == ["cancel_sign_in"]


async def test_on_the_practice_tenant_p_plays_the_person_at_the_browser_too() -> None:
    async with seated(states.by_browser(place=states.PRACTICE)) as seat:
        await seat.press("p")
        assert "Who sits at the browser?" in seat.text
        await seat.press("enter")
        assert seat.app.asked == ["play_person global-admin"]


# --- keystrokes -----------------------------------------------------------------------------------------------------


async def test_keys_from_the_start_to_the_check_each_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Counted as pressed here; the answers of the cloud are played."""
    counted: dict[str, int] = {}
    for name, keys in (("device code", ("enter",)), ("browser", ("enter", "b"))):
        async with seated(states.welcome(how=SignInSettings())) as seat:
            await seat.press(*keys)
            slot, value = (
                (DEVICE_CODE, states.CODE) if len(keys) == 1 else (BROWSER, states.BROWSER)
            )
            seat.app.wizard.happen(Arrived(slot, value, NOW, more=True))
            await seat.settle()
            seat.app.wizard.happen(SignedInNow(states.SIGNED_IN))
            await seat.settle()
            await seat.settle()
            assert seat.state.at is StepId.PERMISSIONS
            counted[name] = len(keys)
    async with seated(states.welcome(how=SignInSettings())) as seat:
        await seat.press("enter", "b")
        seat.app.wizard.happen(Arrived(BROWSER, states.BROWSER, NOW, more=True))
        await seat.settle()
        await paste(seat, GOOD)
        assert seat.app.asked[-1].startswith("paste_address")
        counted["browser, then one paste"] = 2
    with capsys.disabled():
        print(f"\nkeys from the start to the check: {counted}")
    assert counted == {"device code": 1, "browser": 2, "browser, then one paste": 2}
