"""The service's own search: words typed before are looked for at once, ticks stay over searches, Enter takes them."""

from __future__ import annotations

from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.products import Product
from m365backup_tui.events import FOUND, Arrived, Began, Broke
from m365backup_tui.state import FoundUnits
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated
from tests.screens.test_picker import chosen, picking


def found(seat: Seat, words: str, *units: object) -> None:
    value = FoundUnits(Product.ONEDRIVE, words, tuple(units))  # type: ignore[arg-type]
    seat.app.wizard.happen(Began(FOUND, NOW), Arrived(FOUND, value, NOW))


async def test_what_was_searched_for_in_the_list_is_asked_of_the_service_at_once() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "slash")
        await seat.type("vance")
        await seat.press("enter", "t")
        assert seat.page == "AskServiceScreen"
        assert "search_service onedrive vance" in seat.app.wizard.asked


async def test_ticks_stay_over_searches_and_enter_takes_them() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "t")
        await seat.type("adele")
        await seat.press("enter")
        assert seat.app.wizard.asked[-1] == "search_service onedrive adele"
        found(seat, "adele", s.ADELE)
        text = await seat.press("space", "slash")
        assert "Microsoft 365 finds 1 account for “adele”. 1 chosen." in text
        found(seat, "alex", s.ALEX)
        text = await seat.press("enter")
        assert "[x] Adele Vance" in text
        assert "[ ] Alex Wilber" in text
        await seat.press("down", "space", "enter")
        assert seat.page == "PickerScreen"
        assert chosen(seat) == ["Adele Vance", "Alex Wilber"]


async def test_what_a_policy_holds_says_where_it_can_be_moved() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "t")
        found(seat, "x", s.MEGAN)
        await seat.press("tab")
        text = await seat.press("space")
        assert "M moves it" in text
        assert "0 chosen" in text


async def test_trouble_is_said_and_esc_leads_back_with_nothing_lost() -> None:
    async with seated(picking()) as seat:
        await seat.press("enter", "enter", "space", "t")
        await seat.type("adele")
        await seat.press("enter")
        seat.app.wizard.happen(Began(FOUND, NOW), Broke(FOUND, Unreachable("No connection.")))
        text = await seat.press("down")
        assert "No connection." in text
        await seat.press("escape")
        assert seat.page == "PickerScreen"
        assert len(chosen(seat)) == 1
