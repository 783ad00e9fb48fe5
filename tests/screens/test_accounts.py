"""The accounts on this host: switch, add, sign out; nothing by one key alone; the organization always told."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.errors import ConsentNeeded, NotSignedIn
from m365backup_tui.domain.session import CliSession
from m365backup_tui.events import ACCOUNTS, AZURE_CLI, Arrived, Broke, SignedInNow, SignedOut
from m365backup_tui.state import Remote, State
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW
from tests.screens.looking import seated

AZURE_ALONE = NotSignedIn("Azure needs a sign-in of its own.", "sign_in_for_azure")


def two(**changes: object) -> State:
    return states.signed_in(accounts=Remote((states.ACCOUNT, states.MEGAN), NOW), **changes)


async def test_every_account_stands_with_its_organization_and_the_cursor_on_the_one_in_use() -> (
    None
):
    other_first = Remote((states.MEGAN, states.ACCOUNT), NOW)
    async with seated(states.signed_in(accounts=other_first)) as seat:
        text = await seat.press("o")
        assert "Fabrikam" in text
        assert "megan@fabrikam.com" in text
        assert seat.row == f"{states.TENANT} 22"
        assert "signed in" in next(
            line for line in text.splitlines() if "adele.vance@contoso.com" in line
        )


async def test_enter_goes_on_as_another_account_and_the_title_says_so() -> None:
    async with seated(two()) as seat:
        await seat.press("o", "down", "enter")
        assert seat.app.asked == ["list_accounts", "switch_account megan@fabrikam.com"]
        now = replace(states.SIGNED_IN, account=states.MEGAN, at=NOW)
        seat.app.wizard.happen(SignedInNow(now))
        await seat.settle()
        text = await seat.settle()
        assert seat.page == "SignInScreen"
        assert "Fabrikam · Megan Bowen" in text.splitlines()[0]
        assert "Organization  Fabrikam" in text


async def test_the_whole_account_is_told_where_the_list_cuts_it() -> None:
    long = replace(
        states.MEGAN, username="megan.bowen.contractor@subsidiary.fabrikam.onmicrosoft.com"
    )
    async with seated(states.signed_in(accounts=Remote((states.ACCOUNT, long), NOW))) as seat:
        await seat.press("o")
        assert long.username not in seat.text
        assert f"Fabrikam: {long.username}" in await seat.press("down")


async def test_enter_on_the_one_in_use_changes_nothing() -> None:
    async with seated(two()) as seat:
        assert "works as adele.vance@contoso.com already" in await seat.press("o", "enter")
        assert seat.app.asked == ["list_accounts"]


async def test_an_account_whose_sign_in_does_not_hold_any_more_names_the_way_out() -> None:
    async with seated(two()) as seat:
        await seat.press("o", "down", "enter")
        gone = NotSignedIn("The sign-in kept of megan@fabrikam.com does not hold any more.")
        seat.app.wizard.happen(Broke(ACCOUNTS, gone))
        text = await seat.settle()
        assert "does not hold any more" in text
        assert "Press N" in text


async def test_n_signs_somebody_else_in_and_nobody_out() -> None:
    async with seated(two()) as seat:
        await seat.press("o", "n")
        text = await seat.settle()
        assert seat.app.asked == ["list_accounts", "sign_in another"]
        assert "adele.vance@contoso.com stays signed in until then" in " ".join(text.split())


async def test_signing_out_says_first_what_it_does_and_what_not_and_esc_changes_nothing() -> None:
    async with seated(two()) as seat:
        text = " ".join((await seat.press("o", "o")).split())
        assert "This removes from this host" in text
        assert "Those live up to 90 days unless they are revoked" in text
        assert "Entra admin center, Users, the person, Revoke sessions" in text
        await seat.press("escape", "escape")
        assert seat.page == "SignInScreen"
        assert "sign_out" not in " ".join(seat.app.asked)


async def test_one_account_is_signed_out_and_it_is_said() -> None:
    async with seated(two()) as seat:
        await seat.press("o", "down", "o", "enter")
        assert seat.app.asked[1:] == ["sign_out megan@fabrikam.com"]
        seat.app.wizard.happen(Arrived(ACCOUNTS, (states.ACCOUNT,), NOW))
        text = " ".join((await seat.settle()).split())
        assert "megan@fabrikam.com was signed out of this host. Still kept here: 1." in text


async def test_all_of_them_leave_nothing_behind_and_a_new_sign_in_begins_on_the_way_back() -> None:
    async with seated(two()) as seat:
        await seat.press("o", "o", "down", "enter")
        assert seat.app.asked[1:] == ["sign_out"]
        seat.app.wizard.happen(SignedOut(), Arrived(ACCOUNTS, (), NOW))
        text = " ".join((await seat.settle()).split())
        assert "Everybody was signed out of this host. Nobody is kept here any more." in text
        await seat.press("escape", "escape")
        await seat.settle()
        assert seat.page == "SignInScreen"
        assert seat.app.asked[-1] == "sign_in"


async def test_the_last_account_takes_file_and_key_with_it() -> None:
    one = states.signed_in(accounts=Remote((states.ACCOUNT,), NOW))
    async with seated(one) as seat:
        assert "the key that opens it" in " ".join((await seat.press("o", "o")).split())
        await seat.press("enter")
        assert seat.app.asked[-1] == "sign_out"


async def test_a_lost_host_ends_every_sign_in_and_asks_for_the_permission_it_needs() -> None:
    one = states.signed_in(accounts=Remote((states.ACCOUNT,), NOW))
    async with seated(one) as seat:
        text = " ".join((await seat.press("o", "o", "down")).split())
        assert "Entra ends every sign-in of this account" in text
        await seat.press("enter")
        assert seat.app.asked[-1] == "sign_out_everywhere"
        lacking = ConsentNeeded("The application may not do this yet.", scopes=("x",))
        seat.app.wizard.happen(Broke(ACCOUNTS, lacking))
        assert "The application may not do this yet." in await seat.settle()
        assert "was signed out" not in seat.text
        await seat.press("s")
        await seat.settle()
        await seat.settle()
        assert seat.page == "SignInScreen"
        assert seat.app.asked[-1] == "sign_in"
        assert seat.state.needs == lacking


async def test_nothing_is_changed_while_a_run_goes_on() -> None:
    async with seated(two(run=states.UNFINISHED)) as seat:
        assert "A run is going on." in await seat.press("o", "down", "enter")
        assert "A run is going on." in await seat.press("n")
        assert seat.app.asked == ["list_accounts"]


async def test_the_palette_leads_here_from_any_page_and_esc_back_to_it() -> None:
    state = states.permissions(states.report(), accounts=Remote((states.ACCOUNT,), NOW))
    async with seated(state) as seat:
        await seat.press("ctrl+p")
        await seat.type("accounts")
        await seat.press("enter")
        await seat.settle()
        assert seat.page == "AccountsPage"
        await seat.press("escape")
        await seat.settle()
        back = [seat.state.at]
        await seat.press("escape")  # and on from there as before
        await seat.settle()
        assert [*back, seat.state.at] == [StepId.PERMISSIONS, StepId.SIGN_IN]


# --- Azure CLI's session ----------------------------------------------------------------------------------------------


async def test_a_sign_in_for_azure_says_why_and_offers_the_session_of_azure_cli() -> None:
    state = states.signed_in(needs=AZURE_ALONE)
    async with seated(state, (120, 40)) as seat:
        await seat.settle()
        assert seat.app.asked == ["look_for_azure_cli", "sign_in"]
        found = CliSession("adele.vance@contoso.com", states.TENANT, "Contoso Production")
        seat.app.wizard.happen(Arrived(AZURE_CLI, found, NOW))
        text = " ".join((await seat.settle()).split())
        assert "Azure does not take the sign-in that Microsoft 365 took." in text
        assert "Azure CLI is signed in here as adele.vance@contoso.com: Z uses that." in text
        asked = await seat.press("z")
        assert "Organization  Contoso" in asked
        assert "Subscription  Contoso Production" in asked
        await seat.press("escape")
        assert "use_azure_cli" not in seat.app.asked
        await seat.press("z", "enter")
        assert seat.app.asked[-1] == "use_azure_cli"


async def test_a_session_of_somebody_else_is_not_offered_and_says_why() -> None:
    state = states.signed_in(needs=AZURE_ALONE)
    async with seated(state) as seat:
        why = "az is signed in as bob@contoso.com, not as you."
        found = CliSession("bob@contoso.com", states.TENANT, "", why)
        seat.app.wizard.happen(Arrived(AZURE_CLI, found, NOW))
        assert why in " ".join((await seat.settle()).split())
        await seat.press("z")
        assert seat.page == "SignInScreen"
