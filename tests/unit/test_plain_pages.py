"""Plain mode says what the drawn pages say: every sentence and row; lists of any length by parts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import PLAN, Arrived, Dropped
from m365backup_tui.plain.app import SIZE
from m365backup_tui.plain.face import Face
from m365backup_tui.plain.grammar import Rows
from m365backup_tui.plain.hands import Hands
from m365backup_tui.plain.keyboard import Keyboard
from m365backup_tui.plain.page_reading import keys_of, offer, read
from m365backup_tui.plain.speaker import Speaker
from m365backup_tui.screens.import_given import Given
from m365backup_tui.screens.import_list import ImportScreen
from m365backup_tui.screens.permissions import PermissionsScreen
from m365backup_tui.screens.picker import PickerScreen
from m365backup_tui.screens.widgets.pastebox import PasteBox
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.screens.widgets.rowlist import RowList
from m365backup_tui.state import State
from tests.screens import states, states_coverage, states_policies, states_rules
from tests.screens.harness import NOW, Shown, app_showing

STATES: dict[str, Callable[[], State]] = {
    "welcome": states.welcome,
    "signing in": states.signing_in,
    "by browser": states.by_browser,
    "signed in": states.signed_in,
    "permissions": states.permissions,
    "subscription": states.subscription,
    "group": states.group,
    "region": states.region,
    "prepare": states.prepare,
    "turn on": states.turn_on,
    "turn on accepted": lambda: states.turn_on(accepted=True),
    "policies": states_policies.policies,
    "review": states_policies.review,
    "applying": lambda: states_policies.applying(states_policies.run_at(RunPhase.WRITING)),
    "covered": states_coverage.covered,
    "ruled": states_rules.ruled,
}
PAGES = ("", "?", "ctrl+q", "ctrl+p")


def is_shown(widget: Widget) -> bool:
    return all(getattr(one, "display", True) for one in widget.ancestors_with_self)


def sentences(text: str) -> list[str]:
    """The words of a text without the signs in front of its lines."""
    pieces = [
        re.sub(r"^[^\w“(/<+$]+", "", piece)
        for line in text.splitlines()
        for piece in re.split(r"(?<=[.:?]) ", line.strip())
    ]
    return [" ".join(piece.split()) for piece in pieces if piece.strip()]


@pytest.mark.parametrize("page", PAGES, ids=lambda key: key or "the page")
@pytest.mark.parametrize("name", STATES)
async def test_every_sentence_and_row_of_the_drawn_page_is_said(name: str, page: str) -> None:
    app = app_showing(STATES[name]())
    async with app.run_test(size=SIZE) as pilot:
        if page:
            await pilot.press("f1" if page == "?" else page)
        await pilot.pause()
        lines = read(app.screen, lambda _: 0).lines
        said = " ".join(" ".join(lines).split())
        drawn = [
            prose for prose in app.screen.query("#body Prose").results(Prose) if is_shown(prose)
        ]
        wanted = [one for prose in drawn for one in sentences(prose.text)]
        assert wanted
        assert [one for one in wanted if one not in said] == []
        for listing in filter(is_shown, app.screen.query(RowList)):
            rows = listing.shown.rows
            cells = [cell for i in range(min(20, len(rows))) for cell in rows[i].cells]
            words = [cell if isinstance(cell, str) else cell.text for cell in cells]
            assert [one for one in words if " ".join(one.split()) not in said] == []
        assert not re.search("[✓×●█▀▄\x1b]", " ".join(lines))
        offered = offer(app.screen)
        for key in keys_of(app.screen):
            if key.enabled and key.key == "enter":
                assert f"Empty line: {key.label}" in offered


class Typist(Keyboard):
    """Gives the lines of a test, then the end of the input."""

    def __init__(self, *lines: str) -> None:
        super().__init__(-1)
        self.left = list(lines)

    async def line(self, seconds: float) -> str | None:
        return self.left.pop(0) if self.left else None

    @property
    def waiting(self) -> bool:
        return bool(self.left)

    def more(self) -> str | None:
        return self.left.pop(0) if self.left else None

    def forget(self) -> int:
        return 0  # each of these lines comes when it is waited for

    def hide(self, secret: bool) -> None:
        pass


async def conversation(app: Shown, pilot: Pilot[int], *lines: str) -> str:
    """What is said in answer to these lines."""
    out: list[str] = []
    speaker = Speaker(out.append)

    async def pause(_: float) -> None:
        await pilot.pause()

    face = Face(app, speaker, Typist(*lines), lambda: app._typed.busy, pause=pause)
    await face.run()
    speaker.close()
    return "".join(out)


def picking(units: tuple[Candidate, ...]) -> State:
    return states_policies.policies(onedrive=states_policies.catalog(units))


async def test_a_list_of_any_length_is_told_by_parts() -> None:
    app = app_showing(picking(states_policies.many(200_000)))
    async with app.run_test(size=SIZE) as pilot:
        await app.push_screen(PickerScreen(Draft(Product.ONEDRIVE, "Finance")))
        await pilot.pause()
        said = await conversation(
            app,
            pilot,
            "more",
            "less",
            "less",
            "list 199990",
            "more",
            "list 0",
            "at 200000",
            "1 3-4",
            "200001",
        )
    assert "Rows 21 to 40 of 200,000" in said
    assert "This is the first part of the list." in said
    assert "Rows 199,990 to 200,000 of 200,000" in said
    assert "That was the last part of the list." in said
    assert "Type list and the number of a row, from 1 to 200,000." in said
    assert "3 accounts" in said
    assert len(app.wizard.state.drafts[0].add) == 3
    assert "There is no row 200,001: the last one is 200,000." in said
    assert max(len(part.splitlines()) for part in said.split("> ")) < 40


async def test_a_search_is_one_line_and_what_it_finds_is_told() -> None:
    app = app_showing(picking(states_policies.many(500)))
    async with app.run_test(size=SIZE) as pilot:
        await app.push_screen(PickerScreen(Draft(Product.ONEDRIVE, "Finance")))
        await pilot.pause()
        said = await conversation(app, pilot, "more", "find person 000499", "1", "copy", "status")
    assert "Field Search: person 000499." in said
    assert "1. Person 000499 Of Contoso" in said
    assert [unit.name for unit in app.wizard.state.drafts[0].add] == ["Person 000499 Of Contoso"]


async def test_a_wrong_line_changes_nothing_and_says_what_to_type() -> None:
    app = app_showing(states_policies.policies())
    before = app.wizard.state
    async with app.run_test(size=SIZE) as pilot:
        said = await conversation(
            app, pilot, "99", "1 2", "nonsense", ":put words", "list x", "q", "find x"
        )
        assert app.wizard.state == before
    assert "There is no row 99" in said
    assert "Only one row can be chosen here. Nothing was chosen." in said
    assert "“nonsense” means nothing on this page." in said
    assert "put needs a field that waits for text." in said
    assert "Type list and the number of a row" in said
    assert "“q” means nothing on this page." in said
    assert "This page has nothing to search in." in said


async def test_an_empty_line_where_enter_means_nothing_says_so() -> None:
    async with app_showing(states.signing_in()).run_test(size=SIZE) as pilot:
        assert isinstance(pilot.app, Shown)
        said = await conversation(pilot.app, pilot, "")
    assert "An empty line does nothing on this page." in said


async def test_a_key_that_does_nothing_now_says_why() -> None:
    app = app_showing(states_policies.policies())
    async with app.run_test(size=SIZE) as pilot:
        said = await conversation(app, pilot, "v", "keys")
    assert "Status: Nothing to review yet: press Enter on a row and choose something." in said
    assert "v: Review (not now: Nothing to review yet" in said


async def test_the_name_of_a_new_policy_is_a_text_and_colon_words_are_commands() -> None:
    app = app_showing(states_policies.policies())
    async with app.run_test(size=SIZE) as pilot:
        rows = app.screen.query_one("#policies", RowList)
        new = (
            next(i for i in range(len(rows.shown.rows)) if rows.shown.rows[i].id == "new:onedrive")
            + 1
        )
        said = await conversation(
            app, pilot, str(new), ":put back", ":page", "", ":back", "leave", ""
        )
    assert "Type a text for the field Name" in said
    assert "Field Name: back." in said
    assert "Choose for “back”" in said


async def test_a_line_is_not_used_on_a_page_that_nobody_heard() -> None:
    app = app_showing(states_policies.policies())
    async with app.run_test(size=SIZE) as pilot:
        out: list[str] = []
        speaker = Speaker(out.append)

        class Surprise(Typist):
            async def line(self, seconds: float) -> str | None:
                if len(self.left) == 1:
                    await pilot.press("ctrl+q")  # the page changes while the line is typed
                return await super().line(seconds)

        async def pause(_: float) -> None:
            await pilot.pause()

        await Face(app, speaker, Surprise(""), lambda: app._typed.busy, pause=pause).run()
        speaker.close()
    said = "".join(out)
    assert "Leave now?" in said
    assert "This page came before your line, which was not used." in said


async def test_an_enter_too_much_does_nothing_on_the_next_page() -> None:
    app = app_showing(states.region())
    async with app.run_test(size=SIZE) as pilot:

        class Hasty(Typist):
            async def line(self, seconds: float) -> str | None:
                if self.left:
                    self._take(b"\n\n")  # typed while the first line was dealt with
                return await super().line(seconds)

            forget = Keyboard.forget

            def more(self) -> str | None:
                return Keyboard.more(self)

        out: list[str] = []
        speaker = Speaker(out.append)

        async def pause(_: float) -> None:
            await pilot.pause()

        await Face(app, speaker, Hasty("leave"), lambda: app._typed.busy, pause=pause).run()
        speaker.close()
    said = "".join(out)
    leaving = said.partition("Leave now?")[2]
    assert "2 lines were typed before this page was told, and not used." in leaving
    assert app.return_code == 0
    assert app.asked == []


async def test_a_word_typed_before_the_plan_was_told_applies_nothing() -> None:
    app = app_showing(states_policies.review())
    made = app.wizard.state
    app.wizard.happen(Dropped(PLAN))
    async with app.run_test(size=SIZE) as pilot:
        out: list[str] = []
        speaker = Speaker(out.append)

        class Hasty(Typist):
            async def line(self, seconds: float) -> str | None:
                if len(self.left) == 1:
                    app.wizard.happen(Arrived(PLAN, made.plan.value, NOW))  # while it is typed
                    await pilot.pause()
                return await super().line(seconds)

        async def pause(_: float) -> None:
            await pilot.pause()

        await Face(app, speaker, Hasty("apply"), lambda: app._typed.busy, pause=pause).run()
        speaker.close()
    said = "".join(out)
    assert "apply and press Enter" in " ".join(
        said.partition("your line, which was not used")[0].split()
    )
    assert not any(asked.startswith("apply") for asked in app.asked)


async def test_a_number_on_a_page_that_is_only_read_tells_the_row_and_goes_nowhere() -> None:
    app = app_showing(states.permissions(states.report()))
    async with app.run_test(size=SIZE) as pilot:
        before = app.screen
        said = await conversation(app, pilot, "2")
        assert app.screen is before
    assert said.count("2. ok: Policies; SharePoint") == 2  # with its page, and alone
    assert app.asked == []


async def test_an_empty_line_where_the_text_is_wrong_says_again_what_is_wrong() -> None:
    app = app_showing(states_policies.review())
    async with app.run_test(size=SIZE) as pilot:
        said = await conversation(app, pilot, "aply", "", "f9")
    assert said.count("not ok: This is not it: type apply exactly") == 3
    assert app.asked == []


async def test_a_box_is_emptied_by_put_alone() -> None:
    app = app_showing(picking(states_policies.many(5)))
    async with app.run_test(size=SIZE) as pilot:
        page = ImportScreen(Draft(Product.ONEDRIVE, "Finance"), Given())
        await app.push_screen(page)
        await pilot.pause()
        said = await conversation(
            app, pilot, "wrong@contoso.com", ":page", ":put", ":page", ":put a@contoso.com"
        )
        assert page.query_one(PasteBox).lines == ("a@contoso.com",)
    assert "Box for many lines: 0 so far." in said.partition("1 so far.")[2]


async def test_a_list_is_pasted_into_a_box_in_one_go_and_an_empty_line_checks_it() -> None:
    app = app_showing(picking(states_policies.many(5)))
    async with app.run_test(size=SIZE) as pilot:
        page = ImportScreen(Draft(Product.ONEDRIVE, "Finance"), Given())
        await app.push_screen(page)
        await pilot.pause()
        said = await conversation(
            app, pilot, "a@contoso.com", "", "b@contoso.com", ":put c@contoso.com", ""
        )
        assert page.query_one(PasteBox).lines == ("a@contoso.com", "b@contoso.com", "c@contoso.com")
    assert "Box for many lines: 2 so far." in said
    assert "An empty line: Check this text." in said
    assert any(one.startswith("check_text") for one in app.asked)


async def test_a_number_never_means_another_row_than_the_one_that_was_told() -> None:
    app = app_showing(picking(states_policies.many(5)))
    async with app.run_test(size=SIZE) as pilot:
        page = PickerScreen(Draft(Product.ONEDRIVE, "Finance"))
        await app.push_screen(page)
        await pilot.pause()
        listing = page.query_one("#rows", RowList)
        hands = Hands(app, pilot.pause)
        told = read(page, lambda _: 0)
        page.find.value = "000004"
        await page.settle()
        await pilot.pause()
        answer = await hands.rows(Rows((1,)), told)
        assert len(listing.shown.rows) == 1
        assert answer.startswith("The list has changed, and this is now row 1. Nothing was chosen.")
        assert list(app.wizard.state.drafts) == []
        assert await hands.rows(Rows((1,)), read(page, lambda _: 0)) == ""
        assert [unit.name for unit in app.wizard.state.drafts[0].add] == [
            "Person 000004 Of Contoso"
        ]


async def test_a_page_that_is_still_being_put_together_says_nothing_yet() -> None:
    app = app_showing(states.permissions())
    async with app.run_test(size=SIZE):
        page = (
            PermissionsScreen()
        )  # what it offers to copy depends on a list that it has not got yet
        assert read(page, lambda _: 0).lines == ()
        assert keys_of(page) == ()
        assert read(app.screen, lambda _: 0).lines
