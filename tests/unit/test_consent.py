"""Permissions in words, and what is handed to somebody who may consent."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from m365backup_tui.cloud import profiles
from m365backup_tui.cloud.identity import READING
from m365backup_tui.domain.app_registration import GRAPH_SCOPES
from m365backup_tui.domain.consent import (
    PERMISSIONS,
    HandOff,
    Stage,
    admin_consent_link,
    hand_off_text,
    needed_only,
    permission,
    permissions,
    tenant_of,
)
from tests.unit.fakes import ACCOUNT, TENANT

APPLY = "BackupRestore-Configuration.ReadWrite.All"


def test_every_scope_that_the_program_asks_for_has_words() -> None:
    asked = {
        *READING,
        *profiles.SCOPES_PIM,
        *profiles.SCOPES_REPORTS,
        *profiles.SCOPES_APPLY,
    }
    assert asked == set(GRAPH_SCOPES)
    on_demand = profiles.SCOPES_NOTIFY  # in no set that is asked for beforehand
    assert all(permission(s).why != "not described here" for s in (*asked, *on_demand))


def test_signing_in_asks_for_reading_and_never_for_writing() -> None:
    assert {permission(scope).stage for scope in READING} == {Stage.READ}
    assert not [scope for scope in READING if "ReadWrite" in scope]
    assert [permission(scope).stage for scope in profiles.SCOPES_APPLY] == [Stage.APPLY]
    assert [permission(scope).stage for scope in profiles.SCOPES_NOTIFY] == [Stage.NOTIFY]


def test_what_only_adds_comfort_can_be_left_out() -> None:
    assert needed_only(READING) == (
        "User.Read",
        "BackupRestore-Configuration.Read.All",
        "RoleManagement.Read.Directory",
    )
    assert all(p.without for p in permissions(READING) if p.optional)


def test_a_scope_with_its_resource_in_front_is_the_same() -> None:
    assert permission(f"https://graph.microsoft.com/{APPLY}") == permission(APPLY)
    assert permission("https://management.azure.com/user_impersonation").stage is Stage.AZURE
    assert permission("Mail.Read").name == "Mail.Read"


def test_the_link_names_tenant_application_and_full_scopes() -> None:
    link = admin_consent_link("https://login.microsoftonline.com", TENANT, "app-1", (APPLY,))
    parts = urlsplit(link)
    assert parts.path == f"/{TENANT}/v2.0/adminconsent"
    assert parse_qs(parts.query) == {
        "client_id": ["app-1"],
        "scope": [f"https://graph.microsoft.com/{APPLY}"],
        "redirect_uri": ["http://localhost"],
    }
    assert " " not in link
    assert "+" not in link  # some mail programs leave a plus out of a link


def test_the_message_has_the_link_on_a_line_of_its_own_and_says_who_can() -> None:
    link = admin_consent_link("https://login.microsoftonline.com", TENANT, "app-1", (APPLY,))
    text = hand_off_text(HandOff("Some Tool", link, (APPLY,), "ada@example.com", "Example"))
    assert link in text.splitlines()
    for words in (
        "Cloud Application Administrator",
        "create and change backup policies",
        "cannot connect",
        "ada@example.com",
        "for everybody",
    ):
        assert words in text


def test_the_tenant_of_the_link_is_the_signed_in_persons() -> None:
    assert tenant_of(ACCOUNT, "contoso.com") == TENANT
    assert tenant_of(None, "contoso.com") == "contoso.com"
    assert tenant_of(None, "") == "organizations"


def test_the_document_lists_every_permission() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "applications.md"
    text = page.read_text(encoding="utf-8")
    missing = [one.name for one in PERMISSIONS if f"`{one.name}`" not in text]
    assert missing == ["User.RevokeSessions.All"], "that one is told where sign-out is told"
