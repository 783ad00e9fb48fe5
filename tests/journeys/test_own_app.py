"""In a real terminal: an application of one's own is made, signs in for Graph and Azure, and is deleted again."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.journeys.admin import Admin, at_the_wizard


def applications_on_disk(admin: Admin) -> dict[str, object]:
    state = admin.control("GET", "state")
    found: dict[str, object] = state["entra"]["applications"]
    return found


def settings(admin: Admin) -> dict[str, str]:
    text = (admin.state_dir / "settings.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(text).get("practice", {}).get("sign_in", {})
    return found


def comes_back_in(admin: Admin) -> None:
    """The new sign-in that follows another application."""
    admin.sees("Still valid for")
    admin.press("p")
    admin.sees("Who sits at the browser?")
    admin.press("enter")
    admin.sees("Checked at")
    admin.sees("You can set up everything")


def test_made_used_and_deleted_by_keyboard_alone(tmp_path: Path) -> None:
    with at_the_wizard(tmp_path) as admin:
        admin.signs_in()
        admin.sees("You can set up everything")
        admin.press("a")
        admin.sees("Which application signs you in?")
        admin.press("n")
        admin.sees("6 writes. Nothing has been written yet.")
        assert applications_on_disk(admin) == {}
        admin.press("enter")
        admin.sees("Write this to your organization now?")
        admin.press("enter")
        admin.sees("Your application is there and complete.")
        assert len(applications_on_disk(admin)) == 1
        admin.press("enter")
        comes_back_in(admin)
        (app,) = applications_on_disk(admin).values()
        assert isinstance(app, dict)
        assert settings(admin)["graph_application"] == app["appId"]
        assert settings(admin)["azure_application"] == app["appId"]
        admin.press("a")
        admin.sees("in use")
        admin.press("home", "enter")  # back to the default
        comes_back_in(admin)
        assert "graph_application" not in settings(admin)
        admin.press("a")
        admin.sees("Which application signs you in?")
        admin.press("n")
        admin.sees("Your application is there and complete.")
        admin.press("x")
        admin.sees("Delete the application?")
        admin.type("delete")
        admin.press("enter")
        admin.sees("6 writes. Nothing has been written yet.")
        assert applications_on_disk(admin) == {}
