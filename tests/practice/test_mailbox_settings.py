"""A person's mailbox settings: one's own, and nobody else's."""

from typing import Any

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.graph_client import Rest, graph_token

SCOPES = ("User.Read", "User.ReadBasic.All", "MailboxSettings.Read")


@pytest.fixture
def rest(practice: dict[str, Any], controls: Controls, browser: requests.Session) -> Rest:
    """Calls of the Global Administrator."""
    return Rest(practice, graph_token(practice, controls, scopes=SCOPES), browser)


def test_what_kind_of_mailbox_one_has(rest: Rest) -> None:
    _, me = rest.call("GET", "/me")
    for owner in ("/me", f"/users/{me['id']}", f"/users/{me['userPrincipalName']}"):
        status, found = rest.call("GET", f"{owner}/mailboxSettings?$select=userPurpose")
        assert (status, set(found)) == (200, {"@odata.context", "userPurpose"})
        assert found["userPurpose"] == "user"
    assert rest.call("GET", "/me/mailboxSettings")[1]["timeZone"] == "UTC"
    assert rest.code("GET", "/me/mailboxSettings?$select=purpose") == (400, "BadRequest")


def test_the_mailboxes_of_others_are_closed_even_to_an_administrator(rest: Rest) -> None:
    _, people = rest.call("GET", "/users?$top=1&$select=id")
    path = f"/users/{people['value'][0]['id']}/mailboxSettings"
    assert rest.code("GET", path) == (403, "ErrorAccessDenied")
    assert rest.code("GET", "/users/nobody/mailboxSettings") == (404, "Request_ResourceNotFound")


def test_the_scope_is_needed(
    practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> None:
    rest = Rest(practice, graph_token(practice, controls, scopes=("User.Read",)), browser)
    assert rest.code("GET", "/me/mailboxSettings") == (403, "Authorization_RequestDenied")
