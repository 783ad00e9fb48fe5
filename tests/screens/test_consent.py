"""The page to hand consent over: what it says, that Check again asks again, and the ways on."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.consent import ConsentSeen
from m365backup_tui.domain.errors import ConsentNeeded, Unreachable
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.events import CONSENT, HAND_OFF, Arrived, Began, Broke
from m365backup_tui.screens.consent import ConsentScreen
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states, states_policies
from tests.screens import states_applications as s
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated

LACKS = ConsentNeeded("This application may not read.", "AADSTS65001", scopes=s.APPLY)
READ = ("User.Read", "BackupRestore-Configuration.Read.All", "GroupMember.Read.All")


async def show(seat: Seat) -> str:
    seat.app.wizard.happen(Arrived(HAND_OFF, s.HAND_OFF, NOW))
    return await seat.settle()


async def test_it_says_which_permission_what_for_who_can_and_what_to_send() -> None:
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        assert seat.app.asked == [f"prepare_consent {s.APPLY[0]}"]
        await show(seat)
        text = " ".join(seat.text.split())
        for words in (
            "Somebody has to consent to 1 permission.",
            "to create and change backup policies",
            "Microsoft Graph Command Line Tools",
            "Cloud Application Administrator",
            "A SharePoint, Exchange or Microsoft 365 Backup Administrator cannot.",
        ):
            assert words in text
        assert s.LINK in "".join(seat.text.split())


async def test_f2_has_the_address_on_one_line() -> None:
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        await show(seat)
        page = seat.app.screen
        assert isinstance(page, ConsentScreen)
        assert s.LINK in page.plain_text().splitlines()
        assert page.copyable() == s.LINK


async def test_check_again_asks_and_says_when_it_was_asked() -> None:
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        await show(seat)
        await seat.press("r")
        assert seat.app.asked[-1] == f"check_consent {s.APPLY[0]}"
        seat.app.wizard.happen(Began(CONSENT, NOW))
        await seat.press("enter")
        assert seat.app.asked.count(f"check_consent {s.APPLY[0]}") == 1
        seat.app.wizard.happen(Arrived(CONSENT, ConsentSeen(s.APPLY, False), NOW))
        assert "Entra said at 10:42: not granted yet" in await seat.settle()
        seat.app.wizard.happen(Arrived(CONSENT, ConsentSeen(s.APPLY, True), NOW))
        assert "Consent is given. Press Enter to go on." in await seat.settle()


async def test_an_answer_about_something_else_is_no_answer() -> None:
    other = Remote(ConsentSeen(("Mail.Read",), True), NOW)
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        seat.app.wizard.store.send(Arrived(CONSENT, other.value, NOW))
        assert "Consent is given" not in await seat.settle()


async def test_once_given_the_page_below_reads_again() -> None:
    async with seated(s.checked(readiness=Remote(error=LACKS))) as seat:
        assert "H Consent" in seat.text
        await seat.press("h")
        assert seat.page == "ConsentScreen"
        seat.app.wizard.happen(Arrived(CONSENT, ConsentSeen(s.APPLY, True), NOW))
        await seat.settle()
        await seat.press("enter")
        assert seat.page == "PermissionsScreen"
        assert seat.app.asked[-1] == "check_access"


async def test_leaving_without_an_answer_reads_nothing() -> None:
    async with seated(s.checked(readiness=Remote(error=LACKS))) as seat:
        await seat.press("h", "escape")
        assert seat.page == "PermissionsScreen"
        assert "check_access" not in seat.app.asked


async def test_the_permission_page_leads_there_when_the_service_says_so() -> None:
    report = replace(states.report(), service=BackupService(Probe.NO_CONSENT))
    async with seated(replace(s.checked(), readiness=Remote(report, NOW))) as seat:
        await seat.press("h")
        assert seat.page == "ConsentScreen"
        assert "BackupRestore-Configuration.Read.All" in seat.app.asked[-1]


async def test_whoever_may_consent_signs_in_for_just_that_and_comes_back() -> None:
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        await seat.press("s")
        needs = seat.state.needs
        assert isinstance(needs, ConsentNeeded)
        assert needs.scopes == s.APPLY
        assert seat.state.at is StepId.SIGN_IN


async def test_what_only_adds_comfort_can_be_left_out_and_what_is_lost_is_said() -> None:
    async with s.before(s.checked(), ConsentScreen(READ)) as seat:
        assert "Without it: Who is in a group is not known" in " ".join(seat.text.split())
        await seat.press("l")
        needs = seat.state.needs
        assert isinstance(needs, ConsentNeeded)
        assert needs.scopes == READ[:2]


async def test_where_nothing_can_be_left_out_there_is_no_such_key() -> None:
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        assert "Leave out" not in seat.text


async def test_w_saves_the_message() -> None:
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        await seat.press("w", "enter")
        assert seat.page == "SaveConsentScreen"
        assert seat.app.asked[-1].endswith("m365backup-consent.txt")


async def test_trouble_with_asking_is_told() -> None:
    async with s.before(s.checked(), ConsentScreen(s.APPLY)) as seat:
        seat.app.wizard.happen(Broke(CONSENT, Unreachable("Entra cannot be reached.")))
        assert "Entra cannot be reached." in await seat.settle()


async def test_a_run_that_lacks_the_permission_to_write_goes_on_once_it_is_given() -> None:
    stopped = replace(states_policies.WATCHING, phase=RunPhase.STOPPED, needs=LACKS)
    async with seated(states_policies.applying(stopped)) as seat:
        assert "H Consent" in seat.text
        await seat.press("h")
        assert seat.app.asked[-1] == f"prepare_consent {s.APPLY[0]}"
        seat.app.wizard.happen(Arrived(CONSENT, ConsentSeen(s.APPLY, True), NOW))
        await seat.settle()
        await seat.press("enter")
        assert seat.page == "ApplyScreen"
        assert seat.app.asked[-1] == f"resume {stopped.id}"
