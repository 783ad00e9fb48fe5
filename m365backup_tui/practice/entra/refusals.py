"""What Entra answers when it refuses: the AADSTS numbers of reference/auth.md §1.5.

Numbers and meanings are Microsoft's table of error codes (identity-platform/reference-error-codes);
the sentences are ours. Which `error` and `suberror` goes with a number is only in part documented:
as seen in public logs of the v2 endpoint where there are any, else a choice.
"""

from dataclasses import dataclass

from m365backup_tui.practice.errors import OAuthError

GRANT, INTERACTION = "invalid_grant", "interaction_required"
BASIC, MESSAGE, TOKEN = "basic_action", "message_only", "bad_token"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One number: the OAuth error, a sentence, the suberror, the HTTP status.

    `by_policy`: the answer carries claims with the id of the Conditional Access policy.
    """

    error: str
    says: str
    suberror: str | None = None
    status: int = 400
    by_policy: bool = False


REFUSALS: dict[int, Refusal] = {
    # More is asked of the person: a second factor, a device, another place.
    50072: Refusal(GRANT, "The user must enrol for multifactor authentication first.", BASIC),
    50074: Refusal(GRANT, "Strong authentication was required and not passed.", BASIC),
    50076: Refusal(
        GRANT,
        "The user must use multifactor authentication for this resource.",
        BASIC,
        by_policy=True,
    ),
    50078: Refusal(GRANT, "The multifactor authentication is too old.", BASIC, by_policy=True),
    50079: Refusal(GRANT, "The user must enrol for multifactor authentication.", BASIC),
    50158: Refusal(GRANT, "An external security challenge was not satisfied.", BASIC),
    50005: Refusal(GRANT, "Conditional Access does not support this platform.", MESSAGE),
    50097: Refusal(GRANT, "Device authentication is required.", MESSAGE),
    53000: Refusal(GRANT, "The device must be compliant.", MESSAGE, by_policy=True),
    53001: Refusal(GRANT, "The device must be joined to the domain.", MESSAGE, by_policy=True),
    53003: Refusal(GRANT, "Conditional Access policies block access.", MESSAGE, by_policy=True),
    53004: Refusal(GRANT, "Enrolling for multifactor authentication is blocked: risk.", MESSAGE),
    53010: Refusal(GRANT, "Security information cannot be set up from this place.", MESSAGE),
    53011: Refusal(GRANT, "The user is blocked because of risk in the home tenant.", MESSAGE),
    530032: Refusal(GRANT, "A security policy of the tenant blocks this request.", MESSAGE),
    530035: Refusal(GRANT, "Security defaults block this request.", MESSAGE),
    530036: Refusal(GRANT, "The authentication flows policy refuses this session.", TOKEN),
    530084: Refusal(GRANT, "A token protection policy refuses this request.", MESSAGE),
    # The account.
    50014: Refusal(GRANT, "The guest account is still pending in this directory."),
    50020: Refusal(GRANT, "The account does not exist in this tenant; add it as a guest first."),
    50034: Refusal(GRANT, "The user account does not exist in this directory."),
    50053: Refusal(GRANT, "The account is locked, or its address is blocked."),
    50055: Refusal(GRANT, "The password has expired.", "user_password_expired"),
    50057: Refusal(GRANT, "The user account is disabled."),
    50105: Refusal(GRANT, "The user is not assigned to the application."),
    50126: Refusal(GRANT, "The user name or the password is wrong."),
    90072: Refusal(GRANT, "The external account does not exist in the tenant."),
    # The kept sign-in.
    50133: Refusal(GRANT, "The session ended because the password changed.", TOKEN),
    50173: Refusal(GRANT, "The grant was revoked; a fresh sign-in is needed.", TOKEN),
    70000: Refusal(GRANT, "The grant is not valid.", TOKEN),
    70008: Refusal(GRANT, "The grant has expired.", TOKEN),
    70043: Refusal(GRANT, "The sign-in frequency asks for a fresh sign-in.", TOKEN),
    700082: Refusal(GRANT, "The refresh token was not used for 90 days.", "token_expired"),
    # The device code.
    70016: Refusal("authorization_pending", "The user has not finished signing in yet."),
    70018: Refusal("bad_verification_code", "The device code is not known."),
    70019: Refusal("expired_token", "The verification code has expired."),
    90119: Refusal("invalid_request", "The user code is empty."),
    90120: Refusal(GRANT, "The device code was used already."),
    # The authorization code.
    54005: Refusal(GRANT, "The authorization code was redeemed already."),
    501481: Refusal(GRANT, "The code verifier does not fit the challenge."),
    50147: Refusal("invalid_request", "The code challenge is missing."),
    501491: Refusal("invalid_request", "The code challenge has not the right size."),
    700005: Refusal(GRANT, "The code was issued for another tenant."),
    # Consent.
    65001: Refusal(
        GRANT, "Neither the user nor an administrator has consented.", "consent_required"
    ),
    65002: Refusal(GRANT, "The resource has not authorised Microsoft's application in advance."),
    65004: Refusal("access_denied", "The user declined."),
    90094: Refusal("access_denied", "An administrator must consent to these permissions."),
    90095: Refusal("access_denied", "An administrator has been asked to consent."),
    # The application and the resource.
    50011: Refusal("invalid_request", "The redirect address is not one of the application's."),
    50194: Refusal("unauthorized_client", "The application is for its own tenant only."),
    500011: Refusal("invalid_resource", "The resource is not in this tenant."),
    650052: Refusal("invalid_resource", "The organization has not subscribed to the service."),
    650053: Refusal("invalid_scope", "The scope does not exist on the resource."),
    650057: Refusal("invalid_resource", "The application's registration lacks the resource."),
    70001: Refusal("unauthorized_client", "The application is disabled."),
    700011: Refusal("unauthorized_client", "The application is not in the directory."),
    700016: Refusal("unauthorized_client", "The application was not found in the directory."),
    7000112: Refusal("unauthorized_client", "The application is disabled."),
    7000215: Refusal("invalid_client", "The client secret is wrong.", status=401),
    7000218: Refusal("invalid_client", "A client secret or assertion is missing.", status=401),
    700025: Refusal("invalid_client", "A public client must not send a secret.", status=401),
    # The request.
    50058: Refusal("login_required", "Nobody is signed in at this browser."),
    50199: Refusal(INTERACTION, "The user must confirm which application this is.", BASIC),
    70003: Refusal("unsupported_grant_type", "The grant type is not offered."),
    70007: Refusal("invalid_request", "The response mode is not supported."),
    70011: Refusal("invalid_scope", "The scope is not valid."),
    700022: Refusal("invalid_request", "The scope parameter names more than one resource."),
    700054: Refusal("unsupported_response_type", "Only the response type code is offered."),
    90002: Refusal("invalid_tenant", "The tenant was not found."),
    90100: Refusal("invalid_request", "A parameter is empty or not valid."),
    900144: Refusal("invalid_request", "A parameter is missing."),
    900561: Refusal("invalid_request", "The endpoint only accepts POST requests."),
    900971: Refusal("invalid_request", "No redirect address was given."),
    # The service.
    50196: Refusal(GRANT, "The same request came too often: a loop in the client.", status=400),
    90033: Refusal(
        "temporarily_unavailable", "The directory service is not available.", status=503
    ),
    90055: Refusal("temporarily_unavailable", "There are too many requests.", status=429),
}


def aadsts(number: int, says: str | None = None, claims: str | None = None) -> OAuthError:
    """The refusal of this number; `says` instead of its usual sentence.

    A number that is not in the table comes as `invalid_grant`: only faults ask for such.
    """
    known = REFUSALS.get(number, Refusal(GRANT, "The sign-in was refused."))
    return OAuthError(
        known.error,
        number,
        says or known.says,
        status=known.status,
        suberror=known.suberror,
        claims=claims,
    )
