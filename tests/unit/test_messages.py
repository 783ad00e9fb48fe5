"""The message table: every kind of trouble has a way out, every documented code has words."""

from __future__ import annotations

import pytest

from m365backup_tui.domain import errors
from m365backup_tui.work import messages

# graph.md section 9 (2026-09), as far as the product's own calls can meet them.
CODES = [
    "UnableToReadBillingProfile",
    "InvalidBillingProfile",
    "BillingProfileNotAvailable",
    "InvalidCreateRequest",
    "InvalidDisplayName",
    "InvalidProtectionUnitId",
    "ProtectionUnitsLimitBreached",
    "PolicyCreationNotAllowed",
    "ProtectionUnitAlreadyExists",
    "PolicySaveFailed",
    "InvalidPolicyId",
    "PolicyNotFound",
    "ProtectionUnitNotFound",
    "DuplicateProtectionUnitInList",
    "ProtectionUnitActionNotAllowed",
    "PolicyActionNotAllowed",
    "invalidStateForActivation",
    "UnknownError",
    "InvalidArtifactId",
    "QuotaExceeded",
    "ProtectionResourcesNotFound",
    "EmailNotFound",
    "SiteUrlNotFound",
    "OperationNotAllowed",
    "InvalidInclusionRuleCreateRequest",
    "InvalidRuleExpression",
    "InvalidRuleExpressionGroupLimitExceeded",
    "InvalidProtectionRulePatchRequest",
    "InvalidProtectionRuleStatusForUpdation",
    "InvalidProtectionRuleStatusForDeletion",
    "InvalidProtectionRuleStatusForDynamicRuleEdit",
    "InvalidProtectionRuleStatusForDynamicRuleDeletion",
    "InvalidProtectionRuleStatusForDynamicRuleDeleteAndUnprotectAll",
    "PatchNotAllowedForStaticRule",
    "RunNotAllowedForDynamicRule",
    "ProtectionRuleActionNotAllowed",
    "ProtectionRuleNotFound",
    "InvalidInclusionRuleId",
]

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.CloudError)
]


@pytest.mark.parametrize("code", CODES)
def test_every_documented_code_has_words_however_it_is_written(code: str) -> None:
    assert messages.known(code.swapcase())
    assert messages.reason(code, "the service's text") == messages.reason(code.upper())
    assert messages.reason(code).count(". ") >= 1  # what it means, then what to do


def test_a_new_code_is_shown_with_the_services_own_sentence() -> None:
    assert messages.reason("Newest", "It rains.") == "The service says: It rains."
    assert "Newest" in messages.reason("Newest")
    assert messages.reason("") == "The service gave no reason."


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_trouble_has_a_way_out_and_records_name_no_key(
    kind: type[errors.CloudError],
) -> None:
    error = kind("It went wrong.")
    wizard, record = messages.advice(error), messages.refused(error)
    assert record.startswith("It went wrong.")
    assert "press" not in record.lower()
    assert wizard.endswith(".") or kind is errors.Rejected
    assert "!" not in wizard


def test_who_can_grant_is_named() -> None:
    error = errors.Forbidden("No.", who_can_grant="an Owner of the subscription")
    assert messages.advice(error).startswith("Ask an Owner of the subscription, then press F5")


def test_a_known_code_brings_its_own_way_out() -> None:
    error = errors.Conflict("Another policy holds it.", "ProtectionUnitAlreadyExists")
    assert messages.refused(error) == (
        "Another policy holds it. Remove it there first, then add it here."
    )


def test_the_way_out_names_the_key_of_the_page_that_shows_it() -> None:
    error = errors.Unreachable("No answer.")
    assert messages.advice(error, again="R").endswith("then press R.")
    assert "F5" not in messages.advice(errors.Broken("Odd."), again="R")


@pytest.mark.parametrize(
    "kind", [errors.NotSignedIn, errors.StepUpNeeded, errors.ConsentNeeded, errors.SignInRefused]
)
def test_a_sign_in_is_the_way_out_by_the_key_that_does_it(kind: type[errors.CloudError]) -> None:
    said = messages.advice(kind("Your sign-in has ended."))
    assert "press S to sign in again" in said.replace("Press", "press")
    assert "resume" not in said


def test_a_service_that_failed_by_itself_is_not_blamed_on_the_network() -> None:
    failed = errors.Unreachable("Microsoft could not answer (HTTP 500).", "InternalServerError")
    assert messages.advice(failed) == (
        "Nothing was changed. The service has trouble of its own: wait a while, then press F5."
    )
    for error in (errors.Unreachable("No answer."), errors.Unreachable("The proxy.", "407")):
        assert "network or proxy" in messages.advice(error)
