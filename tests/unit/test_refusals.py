"""What Entra answers, as our kinds: driven by names, with the number as help only."""

from __future__ import annotations

from typing import Any

import pytest

from m365backup_tui.cloud.refusals import calling_entra, dead_session, refusal, wrong_client
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)

CLAIMS = '{"access_token":{}}'


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"error": "invalid_grant", "suberror": "consent_required"}, ConsentNeeded),
        ({"error": "invalid_grant", "classification": "consent_required"}, ConsentNeeded),
        ({"error": "invalid_grant", "error_codes": [65001]}, ConsentNeeded),
        ({"error": "access_denied", "error_codes": [90094]}, ConsentNeeded),
        ({"error": "interaction_required", "error_codes": [50076]}, StepUpNeeded),
        ({"error": "invalid_grant", "classification": "basic_action"}, StepUpNeeded),
        ({"error": "invalid_grant", "error_codes": [700082]}, NotSignedIn),
        ({"error": "invalid_grant"}, NotSignedIn),
        ({"error": "authorization_declined"}, SignInRefused),
        ({"error": "expired_token"}, SignInRefused),
        ({"error": "invalid_grant", "error_codes": [530036]}, SignInRefused),
        ({"error": "unauthorized_client", "error_codes": [700016]}, SignInRefused),
        ({"error": "temporarily_unavailable"}, Throttled),
        ({"error": "something_new", "error_codes": [999999]}, SignInRefused),
        ({}, SignInRefused),
    ],
)
def test_every_answer_is_one_of_our_kinds(answer: dict[str, Any], kind: type[CloudError]) -> None:
    error = refusal(answer, ("User.Read",))
    assert type(error) is kind
    assert error.what.endswith(".")


def test_the_number_and_the_trace_are_kept_and_the_text_is_not() -> None:
    error = refusal(
        {
            "error": "invalid_grant",
            "error_description": "AADSTS53003: canary text of the service",
            "trace_id": "trace",
            "correlation_id": "correlation",
        }
    )
    assert (error.code, error.request_id) == ("AADSTS53003", "trace")
    assert "Conditional Access" in error.what
    assert "canary" not in repr(error)


def test_a_challenge_that_needs_the_person_keeps_its_claims() -> None:
    theirs = refusal({"error": "interaction_required", "claims": CLAIMS}, (), "{}")
    ours = refusal({"error": "invalid_grant"}, (), CLAIMS)
    assert isinstance(theirs, StepUpNeeded)
    assert isinstance(ours, StepUpNeeded)
    assert theirs.claims == ours.claims == CLAIMS


def test_missing_consent_names_the_scopes() -> None:
    error = refusal({"error": "consent_required"}, ("A", "B"))
    assert isinstance(error, ConsentNeeded)
    assert error.scopes == ("A", "B")


def test_another_application_is_tried_only_where_it_can_help() -> None:
    assert wrong_client({"error_codes": [65002]})
    assert wrong_client({"error_description": "AADSTS700016: ..."})
    assert not wrong_client({"error_codes": [50076]})
    assert dead_session({"error_codes": [530036]})


def test_network_failures_are_unreachable_in_words() -> None:
    import requests
    from msal.exceptions import MsalServiceError  # type: ignore[import-untyped]  # no py.typed

    def failing(error: Exception) -> Any:
        def work() -> None:
            raise error

        return work

    cases = {
        requests.exceptions.ConnectionError("canary"): "cannot be reached",
        requests.exceptions.ReadTimeout("canary"): "cannot be reached",
        requests.exceptions.SSLError("canary"): "not trusted",
        requests.exceptions.ProxyError("canary"): "proxy",
        MsalServiceError("HTTP Error: 503", error=None, error_description=None): "HTTP 503",
    }
    for error, says in cases.items():
        with pytest.raises(Unreachable, match=says) as caught:
            calling_entra(failing(error))
        assert "canary" not in caught.value.what
    with pytest.raises(SignInRefused, match="tenant name"):
        calling_entra(failing(ValueError("Unable to get authority configuration")))
