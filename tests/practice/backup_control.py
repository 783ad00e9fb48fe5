"""Helpers for tests of who controls the backup: an application of one's own, and its billing policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from m365backup_tui.practice.entra.keys import load_signer
from tests.practice.conftest import Controls
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token

BACKUP = "/solutions/backupRestore"
APPS = f"{BACKUP}/serviceApps"
CONTROL_SCOPES = (*WIZARD_SCOPES, "BackupRestore-Control.ReadWrite.All")
FIRST_APP = "0a1b2c3d-1111-4222-8333-444455556666"
SECOND_APP = "0a1b2c3d-7777-4888-8999-aaaabbbbcccc"
DAY = "P1D"


def app_rest(
    ready: dict[str, Any],
    controls: Controls,
    browser: requests.Session,
    client_id: str = FIRST_APP,
    persona: str = "global-admin",
    scopes: tuple[str, ...] = CONTROL_SCOPES,
) -> Rest:
    """Calls of a person through this application; its token is signed here (see own_app_token)."""
    signer = load_signer(Path(ready["ca_file"]).parent)
    token = graph_token(ready, controls, persona, scopes)
    return Rest(ready, signer.sign({**signer.read(token), "appid": client_id}), browser)


def status(rest: Rest) -> dict[str, Any]:
    """The service status as this caller is shown it."""
    code, body = rest.call("GET", BACKUP)
    assert code == 200, body
    found: dict[str, Any] = body["serviceStatus"]
    return found


def register(rest: Rest) -> str:
    """Register the caller's application; its service app's id."""
    code, body = rest.call("POST", APPS, {})
    assert code == 201, body
    return str(body["id"])


def state_of(rest: Rest, app_id: str) -> str:
    """The status of a service app."""
    return str(rest.call("GET", f"{APPS}/{app_id}")[1]["status"])


def pay_for_app(
    ready: dict[str, Any], controls: Controls, browser: requests.Session, client_id: str = FIRST_APP
) -> None:
    """Give the application a billing policy of its own and wait until Azure has it."""
    sub = ready["subscriptions"][0]["id"]
    form = {
        "persona": "global-admin",
        "application": client_id,
        "subscription_id": sub,
        "resource_group": f"{sub}/rg-m365-billing",
        "region": "westeurope",
    }
    answer = browser.post(f"{ready['portal']}app-billing", data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    controls.advance("PT10M")


def tenant_id(ready: dict[str, Any]) -> str:
    """The practice tenant's id."""
    return str(ready["tenant_id"])


def in_days(controls: Controls, days: float) -> str:
    """A moment so many days ahead on the tenant's clock."""
    now = controls.call("POST", "clock", {}).json()["now"]
    moment = datetime.fromisoformat(now.replace("Z", "+00:00")) + timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def pending_app(first: Rest, controls: Controls) -> str:
    """A service app that takes over from the admin center in ten days."""
    controls.turn_backup_on()
    app = register(first)
    code, body = first.call(
        "POST", f"{APPS}/{app}/activate", {"effectiveDateTime": in_days(controls, 10)}
    )
    assert (code, body["status"]) == (202, "pendingActive")
    return app


def controlling_app(rest: Rest) -> str:
    """A service app that took over at once because nobody controlled backup."""
    app = register(rest)
    code, body = rest.call("POST", f"{APPS}/{app}/activate", {})
    assert (code, body["status"]) == (202, "active")
    return app
