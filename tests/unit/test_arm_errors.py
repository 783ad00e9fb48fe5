"""Every refusal of Azure becomes a kind that a person can act on, naming the action, the policy or the lock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, cast

import aiohttp
import pytest
from azure.core.exceptions import (
    DecodeError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from m365backup_tui.cloud.arm_errors import ArmAnswer, refusal, translate
from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    Conflict,
    Forbidden,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    Rejected,
    StepUpNeeded,
    Throttled,
    Unreachable,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def told(answer: ArmAnswer, *, write: bool = True) -> CloudError:
    return refusal(answer, "creating the resource group", write=write, now=NOW)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "LocationNotAvailableForResourceType", Rejected),
        (400, "ReservedResourceName", Rejected),
        (400, "SomethingNew", Rejected),
        (401, "InvalidAuthenticationToken", NotSignedIn),
        (403, "AuthorizationFailed", Forbidden),
        (403, "", Forbidden),
        (404, "SubscriptionNotFound", NotFound),
        (404, "resourcegroupnotfound", NotFound),
        (409, "MissingSubscriptionRegistration", Conflict),
        (409, "InvalidResourceGroupLocation", Conflict),
        (409, "ReadOnlyDisabledSubscription", Conflict),
        (409, "ScopeLocked", Forbidden),
        (409, "SomethingNew", Conflict),
        (429, "SubscriptionRequestsThrottled", Throttled),
        (500, "", OutcomeUnknown),
        (504, "GatewayTimeout", OutcomeUnknown),
    ],
)
def test_an_answer_to_a_write(status: int, code: str, kind: type[CloudError]) -> None:
    error = told(ArmAnswer(status, code, "Some text.", "corr-1"))
    assert type(error) is kind
    assert error.request_id == "corr-1"


def test_a_server_error_on_a_read_may_be_asked_again() -> None:
    assert type(told(ArmAnswer(504), write=False)) is Unreachable


def test_a_missing_right_names_the_action_and_who_can_grant_it() -> None:
    text = (
        "The client 'a@b' with object id 'x' does not have authorization to perform action "
        "'Microsoft.Syntex/register/action' over scope '/subscriptions/1' or the scope is invalid."
    )
    error = told(ArmAnswer(403, "AuthorizationFailed", text))
    assert isinstance(error, Forbidden)
    assert "Microsoft.Syntex/register/action" in error.what
    assert "Owner" in error.who_can_grant


POLICY: dict[str, Any] = {
    "type": "PolicyViolation",
    "info": {
        "policyAssignmentDisplayName": "Only storage",
        "evaluationDetails": {
            "evaluatedExpressions": [
                {"path": "location", "expressionValue": "westeurope"},
                {"path": "type", "expressionValue": "Microsoft.Syntex/accounts"},
            ]
        },
    },
}


@pytest.mark.parametrize(
    ("message", "additional", "what"),
    [
        ("no", (POLICY,), "The Azure Policy “Only storage” refuses Microsoft.Syntex/accounts."),
        (
            'disallowed. Policy identifiers: \'[{"policyAssignment":{"name":"Only storage","id":"1"}}]\'',
            (),
            "The Azure Policy “Only storage” refuses this.",
        ),
        ("no", (), "An Azure Policy refuses this."),
    ],
)
def test_a_policy_is_named(message: str, additional: tuple[dict[str, Any], ...], what: str) -> None:
    answer = ArmAnswer(403, "RequestDisallowedByPolicy", message, additional=additional)
    assert told(answer).what == what


def test_throttling_waits_as_azure_says() -> None:
    error = told(ArmAnswer(429, headers={"retry-after": "17"}))
    assert isinstance(error, Throttled)
    assert error.until == NOW + timedelta(seconds=17)


def test_a_challenge_carries_its_claims() -> None:
    header = 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'
    error = told(ArmAnswer(401, headers={"www-authenticate": header}))
    assert isinstance(error, StepUpNeeded)
    assert error.claims == '{"a":1}'


def broken(cause: Exception) -> ServiceRequestError:
    """As azure-core's aiohttp transport wraps every aiohttp.ClientError."""
    return ServiceRequestError(cause, error=cause)


def connect_failed() -> aiohttp.ClientConnectorError:
    key = aiohttp.client_reqrep.ConnectionKey("arm", 443, True, True, None, None, None)
    return aiohttp.ClientConnectorError(key, OSError(111, "refused"))


@pytest.mark.parametrize(
    ("exc", "on_write"),
    [
        (broken(connect_failed()), Unreachable),
        (ServiceRequestTimeoutError("connecting"), Unreachable),
        (broken(aiohttp.ServerDisconnectedError()), OutcomeUnknown),
        (broken(aiohttp.ClientOSError(104, "reset by peer")), OutcomeUnknown),
        (ServiceResponseError("cut"), OutcomeUnknown),
        (ServiceResponseTimeoutError("slow"), OutcomeUnknown),
    ],
)
def test_only_a_failed_connect_proves_that_nothing_was_sent(
    exc: Exception, on_write: type[CloudError]
) -> None:
    assert type(translate(exc, "registering", write=True, now=NOW)) is on_write
    assert type(translate(exc, "reading", write=False, now=NOW)) is Unreachable


def test_an_answer_that_cannot_be_read_is_never_taken_for_success() -> None:
    exc = ValueError("not JSON")
    assert type(translate(exc, "registering", write=True, now=NOW)) is OutcomeUnknown
    assert type(translate(exc, "reading", write=False, now=NOW)) is Broken


def test_our_own_kinds_pass_through() -> None:
    error = StepUpNeeded("Azure asks for a fresh sign-in.")
    assert translate(error, "reading", write=False, now=NOW) is error


@pytest.mark.parametrize(("write", "kind"), [(True, OutcomeUnknown), (False, Broken)])
def test_a_200_that_cannot_be_read_refuses_nothing(write: bool, kind: type[CloudError]) -> None:
    class Answer:
        status_code, reason, headers, request = 200, "OK", MappingProxyType[str, str]({}), None

        def text(self) -> str:
            return '{"id": "/subscr'

    answer = cast(Any, Answer())
    error = translate(
        DecodeError("JSON is invalid", response=answer), "creating it", write=write, now=NOW
    )
    assert type(error) is kind
