"""Addresses as people paste them, to what Graph is asked."""

from __future__ import annotations

import pytest

from m365backup_tui.cloud.addresses import (
    is_personal,
    mail_path,
    site_address,
    site_path,
    user_path,
)

HOST = "contoso.sharepoint.com"
GUID = "2f1c9e6a-3a52-4a6e-9d0d-6a1f4c0f7b21"


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (f"https://{HOST}/sites/Legal", "/sites/Legal"),
        (f"  HTTPS://{HOST.upper()}/sites/Legal/  ", "/sites/Legal"),
        (f"{HOST}/teams/Legal", "/teams/Legal"),
        (f"https://{HOST}/sites/Legal%20Team/SitePages/Home.aspx?x=1#y", "/sites/Legal Team"),
        (f"https://{HOST}/sites/Legal//Shared%20Documents/Forms", "/sites/Legal"),
        (f"https://{HOST}/:f:/s/Legal/Abc123?e=1", "/sites/Legal"),
        (f"https://{HOST}/:w:/t/Legal/Abc123", "/teams/Legal"),
        (f"https://{HOST}/:w:/r/sites/Legal/_layouts/15/Doc.aspx", "/sites/Legal"),
        (f"https://{HOST}/", ""),
        (f"https://{HOST}/SitePages/Home.aspx", ""),
    ],
)
def test_the_site_collection_of_a_web_address(typed: str, path: str) -> None:
    assert site_address(typed) == (HOST, path)


def test_a_satellite_host_is_kept() -> None:
    assert site_address("https://contosoapc.sharepoint.com/sites/a")[0] == (
        "contosoapc.sharepoint.com"
    )


@pytest.mark.parametrize("typed", ["", "legal", "not a site", "ftp://a.b/sites/x", "https://[::1"])
def test_what_is_no_web_address(typed: str) -> None:
    assert site_address(typed) == ("", "")
    assert site_path(typed) == ""


def test_paths_for_graph_are_quoted() -> None:
    assert site_path(f"https://{HOST}/sites/Größe & Co").startswith(
        f"/sites/{HOST}:/sites/Gr%C3%B6%C3%9Fe%20%26%20Co?$select="
    )
    assert site_path(HOST).startswith(f"/sites/{HOST}?$select=")
    assert user_path("a#EXT#?/b@x.example").startswith("/users/a%23EXT%23%3F%2Fb@x.example?")
    assert mail_path("o'hara@x.example").startswith(
        "/users?$filter=mail%20eq%20'o''hara@x.example'&"
    )


def test_ids_are_taken_as_they_are() -> None:
    composite = f"{HOST},{GUID},{GUID}"
    assert site_path(composite.upper()).startswith(f"/sites/{composite}?")
    assert site_path(GUID).startswith(f"/sites/{GUID}?")


@pytest.mark.parametrize(
    ("url", "personal"),
    [
        ("https://contoso-my.sharepoint.com/personal/ann_contoso_com", True),
        ("https://vanity.example/personal/ann", True),
        ("https://contoso.sharepoint.com/sites/my-team", False),
    ],
)
def test_a_onedrive_is_told_from_a_site(url: str, personal: bool) -> None:
    assert is_personal(url) is personal
