"""Profiles: Microsoft's defaults as published, and a practice profile that differs in addresses only."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from m365backup_tui.cloud import profiles
from m365backup_tui.cloud.profiles import Link, Resource, global_profile, practice_profile

READY: dict[str, Any] = {
    "base_url": "https://localhost:8443",
    "authority": "https://localhost:8443/organizations",
    "graph": "https://localhost:8443/v1.0",
    "arm": "https://localhost:8443",
    "portal": "https://localhost:8443/portal/",
    "control": "https://localhost:8443/control/",
    "ca_file": "/tmp/ca.pem",
    "client_ids": {},
    "personas": [],
}


def test_the_global_profile_is_microsofts() -> None:
    profile = global_profile()
    assert profile.authority == "https://login.microsoftonline.com/organizations"
    assert profile.graph_base == "https://graph.microsoft.com/v1.0"
    assert profile.arm_base == "https://management.azure.com"
    assert profile.client_id(Resource.GRAPH) == "14d82eec-204b-4c2f-b7e8-296a70dab67e"
    assert profile.arm_fallback_client_id == "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
    assert (profile.instance_discovery, profile.use_environment, profile.ca_file) == (
        True,
        True,
        None,
    )
    assert not profile.stand_in


def test_a_tenant_can_be_named() -> None:
    assert global_profile("contoso.com").authority.endswith("/contoso.com")


def test_the_practice_profile_differs_in_addresses_and_trust_only() -> None:
    practice, cloud = practice_profile(READY), global_profile()
    same = {field.name for field in fields(cloud)} - {
        "key", "label", "stand_in", "authority", "instance_discovery", "graph_base", "arm_base",
        "allowed_hosts", "ca_file", "use_environment", "polling_interval", "links",
    }  # fmt: skip
    assert {name: getattr(practice, name) for name in same} == {
        name: getattr(cloud, name) for name in same
    }
    assert practice.allowed_hosts == ("localhost",)
    assert practice.label == "PRACTICE"
    assert practice.stand_in
    assert not practice.use_environment
    assert str(practice.ca_file) == "/tmp/ca.pem"


@pytest.mark.parametrize("graph", ["https://localhost:1", "https://localhost:1/v1.0/"])
def test_the_graph_address_always_ends_with_the_version(graph: str) -> None:
    assert practice_profile({**READY, "graph": graph}).graph_base == "https://localhost:1/v1.0"


def test_an_authority_without_a_tenant_gets_organizations() -> None:
    made = practice_profile({**READY, "authority": "https://localhost:1/"})
    assert made.authority == "https://localhost:1/organizations"


def test_no_practice_link_leads_to_a_real_admin_center() -> None:
    links = practice_profile(READY).links
    for name in type(links).__dataclass_fields__:
        link: Link = getattr(links, name)
        if name != "calculator":  # prices are the same in both
            assert link.url.startswith("https://localhost:8443/portal/"), name


def test_every_link_names_its_source() -> None:
    links = global_profile().links
    for name in type(links).__dataclass_fields__:
        link: Link = getattr(links, name)
        assert link.url.startswith("https://")
        assert link.source


def test_sign_in_and_reading_never_ask_for_a_right_to_write() -> None:
    reading = (
        profiles.SCOPES_SIGN_IN + profiles.SCOPES_READ + profiles.SCOPES_ROLES
        + profiles.SCOPES_PIM + profiles.SCOPES_PICK + profiles.SCOPES_REPORTS
    )  # fmt: skip
    assert not [scope for scope in reading if "Write" in scope]
    assert profiles.SCOPES_APPLY == ("BackupRestore-Configuration.ReadWrite.All",)
