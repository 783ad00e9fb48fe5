"""Turn on: terms first, then the hand-over and what was seen, and no way on while it is not true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m365backup_tui.domain.azure import BillingKind, Registration
from m365backup_tui.domain.billing import BillingSeen, Node
from m365backup_tui.domain.errors import Unreachable
from m365backup_tui.domain.service import BackupService, Consumer, Probe
from m365backup_tui.events import BILLING, Answered, Arrived, Broke
from m365backup_tui.screens.views.turn_on import seen_lines
from m365backup_tui.state import Remote
from m365backup_tui.steps import StepId
from tests.screens import states
from tests.screens.harness import NOW, SIZE, WIDE, app_showing, text_of


async def test_nothing_is_watched_before_the_terms_are_accepted() -> None:
    app = app_showing(states.turn_on())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        text = text_of(app)
        assert "https://www.microsoft.com/licensing/terms/product/ForOnlineServices/all" in text
        assert "0.15 USD per GB and month, checked 2026-09" in text
        assert app.asked == []
        await pilot.press("a")
        assert app.asked == ["accept_terms"]


async def test_acceptance_starts_watching_once() -> None:
    app = app_showing(states.turn_on())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        answers = replace(app.wizard.state.answers, terms_at=NOW)
        app.wizard.happen(Answered(answers))
        await pilot.pause()
        app.wizard.happen(Arrived(BILLING, states.NOT_YET, NOW, more=True))
        await pilot.pause()
        assert app.asked == ["watch_billing"]


async def test_the_hand_over_has_link_path_and_values_in_the_order_of_the_portal() -> None:
    app = app_showing(states.turn_on(accepted=True))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        text = text_of(app)
        order = (
            "https://admin.microsoft.com/#/PaygPlatform",
            "Add a billing policy",
            "Contoso Production",
            "rg-m365backup",
            "West Europe",
            "Accept the terms",
            "connect it, Save",
        )
        places = [text.index(words) for words in order]
        assert places == sorted(places)


async def test_n_shows_the_older_way_and_its_link() -> None:
    app = app_showing(states.turn_on(accepted=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n")
        await pilot.pause()
        assert app.wizard.state.answers.node is Node.SETUP
        assert app.wizard.state.answers.terms_at is not None
        assert "https://admin.microsoft.com/#/orgsettings/payasyougo" in text_of(app)


async def test_q_shows_the_link_on_a_page_of_its_own() -> None:
    app = app_showing(states.turn_on(accepted=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert "Open the admin center on another device." in text_of(app)
        assert app.screen.query_one("#qr").display
        await pilot.press("escape")
        await pilot.pause()
        assert "Seen so far" in text_of(app)


async def test_enter_says_why_there_is_no_way_on_yet() -> None:
    app = app_showing(states.turn_on(accepted=True, billing=Remote(states.ALMOST, NOW, NOW)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "Microsoft Graph does not say that backup is on" in text_of(app)
        assert app.at() is StepId.TURN_ON


async def test_when_graph_says_yes_enter_leads_to_the_policies() -> None:
    app = app_showing(states.turn_on(accepted=True))
    async with app.run_test(size=SIZE) as pilot:
        app.wizard.happen(Arrived(BILLING, states.DONE, NOW))
        await pilot.pause()
        assert "Microsoft 365 Backup is turned on." in text_of(app)
        await pilot.press("enter")
        assert app.at() is StepId.POLICIES


async def test_r_looks_at_once_also_after_a_failure() -> None:
    app = app_showing(states.turn_on(accepted=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.wizard.happen(Broke(BILLING, Unreachable("graph.microsoft.com did not answer.")))
        await pilot.pause()
        assert "did not answer" in text_of(app)
        await pilot.press("r")
        assert app.asked == ["watch_billing", "watch_billing"]


async def test_only_on_the_practice_tenant_t_plays_the_admin_center() -> None:
    practice = app_showing(states.turn_on(accepted=True, place=states.PRACTICE))
    async with practice.run_test(size=SIZE) as pilot:
        await pilot.press("t")
        assert practice.asked[-1] == "play_admin_center"
    real = app_showing(states.turn_on(accepted=True))
    async with real.run_test(size=SIZE) as pilot:
        await pilot.press("t")
        assert real.asked == ["watch_billing"]


async def test_a_tenant_of_another_application_has_no_way_on() -> None:
    service = BackupService(Probe.NOT_CONTROLLER, consumer=Consumer.THIRD_PARTY)
    seen = BillingSeen(NOW, Registration.REGISTERED, (), service)
    app = app_showing(states.turn_on(accepted=True, billing=Remote(seen, NOW)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "a", "t")
        await pilot.pause()
        assert "Another application controls backup in this tenant." in text_of(app)
        assert app.asked == []
        assert app.at() is StepId.TURN_ON


def test_nothing_is_inferred_from_what_was_not_seen() -> None:
    assert [line.mark for line in seen_lines(states.NOT_YET)] == ["ok", "dot", "dot"]
    assert [line.mark for line in seen_lines(states.DONE)] == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("resource", "mark", "words"),
    [
        (replace(states.LINKED, provisioning="Failed"), "warn", "Failed"),
        (replace(states.LINKED, for_backup=False), "warn", "not for backup"),
        (replace(states.LINKED, for_backup=None), "ok", "does not say for which service"),
    ],
)
def test_a_billing_resource_is_told_as_it_is(resource: object, mark: str, words: str) -> None:
    seen = replace(states.ALMOST, resources=(resource,))  # type: ignore[arg-type]  # of LINKED's type
    assert seen_lines(seen)[1].mark == mark
    assert words in seen_lines(seen)[1].words


def test_a_failed_read_is_a_line_of_its_own() -> None:
    seen = replace(states.NOT_YET, notes=("Azure could not be read: 403",))
    assert seen_lines(seen)[-1].words == "Azure could not be read: 403"


def test_the_older_kind_of_link_is_recognised() -> None:
    older = replace(states.LINKED, kind=BillingKind.DOCUMENT_PROCESSOR)
    seen = replace(states.ALMOST, resources=(older,))
    assert [line.mark for line in seen_lines(seen)] == ["ok", "ok", "dot"]
    assert "older kind" in seen_lines(seen)[1].words
