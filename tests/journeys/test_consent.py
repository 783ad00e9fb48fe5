"""In a real terminal: the permission to write is lacking at Apply; somebody else grants it; the run goes on."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.journeys.admin import Admin, at_the_wizard, policies_on_disk
from tests.practice.sign_in_pages import open_page

WRITE = "BackupRestore-Configuration.ReadWrite.All"


def takes_away(admin: Admin, scope: str) -> None:
    """Nobody has consented to it any more."""
    state = admin.control("GET", "state")
    for grant in state["entra"]["grants"].values():
        grant["scope"] = " ".join(one for one in grant["scope"].split() if one != scope)
    admin.control("PUT", "state", state)


def the_administrator_accepts(admin: Admin, link: str) -> None:
    with requests.Session() as web:
        web.trust_env = False
        web.verify = admin.ready["ca_file"]
        assert open_page(web, link).press("accept", persona="global-admin").went_to


def test_handed_over_at_apply_and_granted_the_run_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with at_the_wizard(tmp_path / "state", env={"HOME": str(home)}) as admin:
        admin.onboards_up_to_the_review()
        takes_away(admin, WRITE)
        admin.type("apply")
        admin.press("enter")
        admin.sees("H Consent")
        assert policies_on_disk(admin.state_dir) == {}
        admin.press("h")
        admin.sees("Somebody has to consent to 1 permission.")
        admin.sees("create and change backup policies")
        admin.press("w")
        admin.sees("Save to:")
        admin.press("enter")
        admin.sees("Saved to")
        file = home / "m365backup-consent.txt"
        assert file.stat().st_mode & 0o777 == 0o600
        link = next(one for one in file.read_text().splitlines() if one.startswith("https://"))
        admin.press("escape")
        admin.sees("Somebody has to consent to 1 permission.")
        admin.press("r")
        admin.sees("not granted yet")
        the_administrator_accepts(admin, link)
        admin.press("r")
        admin.sees("Consent is given. Press Enter to go on.")
        admin.press("enter")
        admin.sees("Done: everything you asked for is in place", 90)
    assert policies_on_disk(admin.state_dir)
