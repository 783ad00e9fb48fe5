"""Rules for sites: words typed, read back as a sentence, checked, counted, into the draft."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.rule_preview import RulePreview
from m365backup_tui.domain.rules import PolicyRules, SiteWish, SiteWord
from m365backup_tui.events import RULE_PREVIEW, Arrived
from m365backup_tui.state import Remote, State
from tests.screens import states_policies as s
from tests.screens import states_rules as r
from tests.screens.harness import NOW
from tests.screens.looking import Seat, seated
from tests.screens.test_rule import drafted, flat


async def test_sites_have_no_rule_that_keeps_in_step_and_the_page_says_so() -> None:
    async with seated(sites()) as seat:
        assert "SharePoint “Projects”" in await seat.press("down", "enter")
        text = flat(await seat.press("g", "down", "down"))
        assert "not for sites" in text
        assert seat.page == "RuleScreen"
        await seat.press("enter")
        assert seat.page == "RuleScreen"


async def test_words_for_sites_are_read_back_as_a_sentence_and_checked_while_typed() -> None:
    async with seated(sites()) as seat:
        await open_sites(seat)
        await seat.type("fi")
        assert "at least 3 characters; this one has 2" in flat(seat.text)
        await seat.type("n, tax")
        text = flat(seat.text)
        assert "Sites whose name has “fin” or whose name has “tax”, looked up once." in text
        await seat.press("tab")
        await seat.type("legal")
        await seat.press("tab")
        await seat.type("2027-01-01")
        assert "has not come yet" in flat(seat.text)
        await seat.press(*["backspace"] * 10)
        await seat.type("2026-01-31")
        await seat.press("tab", "enter")
        text = flat(seat.text)
        assert "all of them must be there" in text
        assert (
            "Sites whose name has “fin” and whose name has “tax” and whose address has “legal” and "
            "that changed on or after 2026-01-31, looked up once."
        ) in text


async def test_up_and_down_go_from_line_to_line_and_round() -> None:
    async with seated(sites()) as seat:
        await open_sites(seat)
        await seat.press("down")
        await seat.type("legal")
        await seat.press("down", "down", "enter")
        assert "all of them must be there" in flat(seat.text)
        await seat.press("up", "up", "up")
        await seat.type("tax")
        assert "name has “tax” and whose address has “legal”" in flat(seat.text)


async def test_a_rule_for_sites_reaches_the_draft() -> None:
    async with seated(sites()) as seat:
        await open_sites(seat)
        await seat.type("finance")
        await seat.press("enter")
        assert seat.page == "RulePreviewScreen"
        assert "load_catalog sharepoint" in seat.app.asked
        wish = replace(r.SITES, sites=SiteWish((SiteWord("finance"),)))
        some = RulePreview(wish.key, True, looked_at=900, matches=12, fresh=12, size=5_000_000_000)
        seat.app.wizard.happen(Arrived(RULE_PREVIEW, some, NOW))
        text = flat(await seat.settle())
        assert "12 that no policy protects yet: 5" in text
        assert "Compared here with 900 known sites" in text
        await seat.press("enter")
        assert seat.page == "RuleScreen"
        assert drafted(seat) == ["sites whose name has “finance”, looked up once"]


async def test_what_was_typed_for_sites_survives_esc() -> None:
    async with seated(sites()) as seat:
        await open_sites(seat)
        await seat.type("finance, tax")
        await seat.press("escape")
        assert seat.page == "RuleScreen"
        assert "finance, tax" in await seat.press("enter")


def sites() -> State:
    projects = replace(s.PROJECTS)
    return s.policies(policies=Remote((projects,), NOW), rules=Remote(PolicyRules("p-2"), NOW))


async def open_sites(seat: Seat) -> None:
    """From the list of policies to the words of a rule for sites."""
    text = await seat.press("down", "enter")
    assert "SharePoint “Projects”" in text
    await seat.press("g", "down", "enter")
    assert seat.page == "RuleSitesScreen"
