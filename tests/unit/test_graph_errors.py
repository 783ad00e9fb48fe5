"""Every refusal of Graph becomes a kind that a person can act on; only what is certain is called certain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from kiota_abstractions.api_error import APIError
from msgraph.generated.models.o_data_errors.inner_error import InnerError
from msgraph.generated.models.o_data_errors.main_error import MainError
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

from m365backup_tui.cloud.graph_errors import is_locked, is_preparing, translate
from m365backup_tui.domain.errors import (
    Broken,
    CloudError,
    Conflict,
    ConsentNeeded,
    Forbidden,
    Limit,
    NotController,
    NotFound,
    NotSignedIn,
    OutcomeUnknown,
    Rejected,
    ServiceOff,
    StepUpNeeded,
    Throttled,
    Unreachable,
)

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
GUID = "5e0c5f0e-3a52-5a6e-9d0d-6a1f4c0f7b21"


def odata(
    status: int, code: str = "", message: str = "", headers: dict[str, str] | None = None
) -> ODataError:
    inner = InnerError()
    inner.request_id = "req-1"
    error = ODataError(error=MainError(code=code, message=message, inner_error=inner))
    error.response_status_code = status
    error.response_headers = headers or {}
    return error


def told(exc: Exception, *, write: bool = True, attempt: int = 0) -> CloudError:
    return translate(exc, "creating the policy", write=write, now=NOW, attempt=attempt)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, "InvalidDisplayName", "", Rejected),
        (400, "duplicateProtectionUnitInList", "", Rejected),
        (400, "protectionunitactionnotallowed", "", Conflict),
        (400, "invalidStateForActivation", "", Conflict),
        (400, "SomethingNew", "The frob is wrong.", Rejected),
        (402, "InvalidBillingProfile", "", ServiceOff),
        (402, "", "", ServiceOff),
        (403, "PolicyActionNotAllowed", "", Conflict),
        (
            403,
            "OperationNotAllowed",
            "This operation is not allowed for controllerProtectionPolicies.POST",
            NotController,
        ),
        (403, "OperationNotAllowed", "The unit is in a policy.", Conflict),
        (403, "Forbidden", "Method is not allowed for allow listed internal apps.", Forbidden),
        (403, "accessDenied", "Missing scope permissions on the request.", ConsentNeeded),
        (403, "accessDenied", "The user has no role.", Forbidden),
        (403, "Authorization_RequestDenied", "Insufficient privileges.", ConsentNeeded),
        (409, "DataStoreNotReady", "", Conflict),
        (409, "whatever", "The data store of the tenant is not initialized.", Conflict),
        (403, "ServiceDisabled", "", ServiceOff),
        (403, "whatever", "Backup is not enabled for this tenant.", ServiceOff),
        (403, "ProtectionChangeLocked", "", ServiceOff),
        (404, "PolicyNotFound", "", NotFound),
        (404, "", "", NotFound),
        (409, "PolicyCreationNotAllowed", "", Conflict),
        (412, "", "", Conflict),
        (413, "ProtectionUnitsLimitBreached", "", Limit),
        (422, "InvalidProtectionRuleStatusForDynamicRuleEdit", "", Conflict),
        (501, "NotImplemented", "", Rejected),
        (401, "InvalidAuthenticationToken", "", NotSignedIn),
        (407, "", "", Unreachable),
        (500, "PolicySaveFailed", "", OutcomeUnknown),
        (502, "", "", OutcomeUnknown),
        (503, "", "", OutcomeUnknown),
        (504, "", "", OutcomeUnknown),
        (408, "", "", OutcomeUnknown),
    ],
)
def test_an_answer_to_a_write(status: int, code: str, message: str, kind: type[CloudError]) -> None:
    error = told(odata(status, code, message))
    assert type(error) is kind
    assert error.what.endswith(".")
    assert error.request_id == "req-1"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_error_on_a_read_may_simply_be_asked_again(status: int) -> None:
    assert type(told(odata(status), write=False)) is Unreachable


@pytest.mark.parametrize(
    ("exc", "on_write"),
    [
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.ConnectTimeout("slow"), Unreachable),
        (httpx.ProxyError("407"), Unreachable),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.RemoteProtocolError("reset"), OutcomeUnknown),
        (httpx.WriteError("broken pipe"), OutcomeUnknown),
        (TimeoutError(), OutcomeUnknown),
        (ConnectionResetError(), OutcomeUnknown),
    ],
)
def test_only_a_failed_connect_proves_that_nothing_was_sent(
    exc: Exception, on_write: type[CloudError]
) -> None:
    assert type(told(exc)) is on_write
    assert type(told(exc, write=False)) is Unreachable


def test_an_answer_that_cannot_be_read_is_never_taken_for_success() -> None:
    assert type(told(ValueError("not JSON"))) is OutcomeUnknown
    assert type(told(ValueError("not JSON"), write=False)) is Broken


def test_a_html_page_of_a_gateway_counts_by_its_status() -> None:
    page = APIError("error body could not be parsed", 502, {"Content-Type": "text/html"})
    assert type(told(page)) is OutcomeUnknown
    assert type(told(page, write=False)) is Unreachable


@pytest.mark.parametrize(
    ("headers", "attempt", "wait"),
    [
        ({"Retry-After": "30"}, 0, 30),
        ({"retry-after": "0"}, 0, 0),
        (
            {
                "Retry-After": "Sat, 21 Nov 2026 10:00:40 GMT",
                "Date": "Sat, 21 Nov 2026 10:00:00 GMT",
            },
            0,
            40,
        ),
        ({"Retry-After": "Sat, 21 Nov 2026 09:00:07 GMT"}, 0, 7),
        ({"Retry-After": "soon"}, 0, 5),
        ({}, 0, 5),
        ({}, 2, 20),
        ({}, 30, 120),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], attempt: int, wait: int) -> None:
    error = told(odata(429, "TooManyRequests", headers=headers), attempt=attempt)
    assert isinstance(error, Throttled)
    assert error.until == NOW + timedelta(seconds=wait)


def test_a_busy_service_that_names_a_time_is_waited_for_on_reads_only() -> None:
    busy = odata(503, headers={"Retry-After": "3"})
    assert type(told(busy, write=False)) is Throttled
    assert type(told(busy)) is OutcomeUnknown


def test_a_challenge_carries_its_claims() -> None:
    header = 'Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ"'  # no padding
    error = told(odata(401, headers={"WWW-Authenticate": header}))
    assert isinstance(error, StepUpNeeded)
    assert error.claims == '{"a":1}'


def test_missing_consent_names_the_scopes() -> None:
    exc = odata(403, "Forbidden", "Missing scope permissions on the request.")
    error = translate(exc, "reading", write=False, now=NOW, scopes=("Sites.Read.All",))
    assert isinstance(error, ConsentNeeded)
    assert error.scopes == ("Sites.Read.All",)


def test_a_unit_in_another_policy_names_that_policy_and_no_id() -> None:
    text = f"'{GUID}' is already protected by policy 'Board' ({GUID})."
    error = told(odata(409, "ProtectionUnitAlreadyExists", text))
    assert "“Board”" in error.what
    assert GUID not in error.what


def test_a_quoted_sentence_has_no_ids_in_it() -> None:
    error = told(odata(400, "New", f"The unit {GUID} is odd ({GUID})."))
    assert GUID not in error.what
    assert "The unit … is odd" in error.what


def test_locked_is_told_from_off() -> None:
    assert is_locked(told(odata(403, "protectionChangeLocked")))
    assert not is_locked(told(odata(403, "ServiceDisabled")))


def test_our_own_kinds_pass_through() -> None:
    error = NotSignedIn("Your sign-in has ended.")
    assert told(error) is error


@pytest.mark.parametrize(
    ("code", "message", "preparing"),
    [
        ("DataStoreNotReady", "", True),
        ("notYet", "The data store is not initialized.", True),
        ("OperationNotAllowed", "The unit is in a policy.", False),
        ("", "", False),
    ],
)
def test_only_a_refusal_that_names_the_data_store_means_being_prepared(
    code: str, message: str, preparing: bool
) -> None:
    assert is_preparing(told(odata(409, code, message), write=False)) is preparing
