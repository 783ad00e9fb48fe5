"""F9 in a real terminal: the next request is throttled on purpose, the wizard waits and goes on."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.admin import Admin, at_the_wizard


def opens_the_menu(admin: Admin) -> None:
    admin.press("f9")
    admin.sees("Practice: make something go wrong")
    admin.sees("Situation")


def finds(admin: Admin, words: str) -> None:
    admin.press("/")
    admin.type(words)
    admin.press("enter")


def leads_back(admin: Admin) -> None:
    admin.press("escape")
    admin.sees("Checked at")


def test_the_next_request_is_throttled_the_wizard_counts_down_and_goes_on(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.sees("You can set up everything")
        opens_the_menu(admin)
        finds(admin, "too many requests")
        admin.press("enter")
        admin.sees("Too many requests: when?")
        admin.press("tab", "tab", "backspace")
        admin.type("4")  # seconds of Retry-After
        admin.press("enter")
        admin.sees("On: Too many requests, the next request.")
        leads_back(admin)
        admin.press("r")
        admin.sees("Asking again in")
        admin.sees("Checked at")
        admin.sees("You can set up everything")
        opens_the_menu(admin)
        admin.sees("over, struck 1")
        admin.press("e")
        admin.sees("Nobody. Every request that was told to wait has waited long enough.")


def test_a_situation_begins_and_ends_while_the_wizard_runs(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.sees("You can set up everything")
        opens_the_menu(admin)
        finds(admin, "no subscriptions")
        admin.press("enter")
        admin.sees("On: No Azure subscriptions.")
        admin.press("f9")
        admin.sees("Checked at")
        admin.press("r")
        admin.sees("none is visible to you")
        opens_the_menu(admin)
        admin.press("a")
        admin.sees("Everything is off")
        leads_back(admin)
        admin.press("r")
        admin.sees("You can set up everything")


def test_a_day_passes_for_the_practice_tenant_and_the_sign_in_still_holds(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        opens_the_menu(admin)
        admin.press("t")
        admin.sees("How much time is to pass")
        admin.press("down", "enter")
        admin.sees("1 day ahead of before")
        leads_back(admin)
        admin.press("r")
        admin.sees("You can set up everything")
