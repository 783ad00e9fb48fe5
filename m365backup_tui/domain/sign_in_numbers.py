"""What each AADSTS number of Entra means, what the person does next, and which remedy a page offers (auth.md §1.5).

Numbers pick help only, never what the program does: Microsoft's page on error codes warns that they change.
530036 and 530084 are from other pages than that one; what `STEP_UP` needs is UNVERIFIED for 50158.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from m365backup_tui.domain.errors import Remedy

_MFA = "Your organization asks for multifactor authentication."
_ENROL = "You have to register for multifactor authentication first."
_IN_BROWSER = "Set up multifactor authentication for this account in a browser."
_MANAGED = (
    "Sign in through the browser of a managed PC, connected to this host with the ssh -L command of the "
    "sign-in page. A device code cannot prove a device."
)
_SECURITY = "Ask whoever manages security policies of your organization."
_GUEST = (
    "Choose an account of the organization, or name the organization with --tenant where you are a guest. A guest "
    "has to be invited, and to accept, before."
)
_REGISTRATION = (
    "Use the tenant's own authority (--tenant), or correct the application's registration."
)
_ENDED = "This is normal and happens from time to time."


class Meaning(NamedTuple):
    """`what` happened, what to do (`advice`), and the key that helps."""

    what: str
    advice: str
    remedy: Remedy


_STEP, _ADMIN, _ACCOUNT, _APP = (
    Remedy.STEP_UP,
    Remedy.ASK_ADMIN,
    Remedy.OTHER_ACCOUNT,
    Remedy.OTHER_APPLICATION,
)

MEANINGS: dict[int, Meaning] = {
    # More is asked of the person.
    50076: Meaning(_MFA, "Sign in once more and pass it in the browser.", _STEP),
    50074: Meaning(_MFA, "Sign in once more and pass it in the browser.", _STEP),
    50078: Meaning(
        "Your multifactor authentication has expired.",
        "Sign in once more and pass it again in the browser.",
        _STEP,
    ),
    50158: Meaning(
        "A check outside Microsoft that your organization demands was not passed.",
        "Sign in once more and pass that check in the browser.",
        _STEP,
    ),
    50079: Meaning(_ENROL, _IN_BROWSER, Remedy.SIGN_IN),
    50072: Meaning(_ENROL, _IN_BROWSER, Remedy.SIGN_IN),
    53004: Meaning(
        "You have to register for multifactor authentication, and a risk at this account forbids it.",
        "Ask whoever manages sign-in to clear the risk, then set it up in a browser.",
        _ADMIN,
    ),
    53010: Meaning(
        "You have to register for multifactor authentication, and not from this place.",
        "Set it up in a browser at a place that your organization trusts.",
        _ADMIN,
    ),
    50199: Meaning(
        "Entra asks you to confirm that this is the application you meant to sign in to.",
        "Confirm it in the browser. Nothing is wrong.",
        Remedy.SIGN_IN,
    ),
    # Device and place.
    53000: Meaning("Your organization asks for a managed device.", _MANAGED, Remedy.OTHER_WAY),
    53001: Meaning(
        "Your organization asks for a device that is joined to it.", _MANAGED, Remedy.OTHER_WAY
    ),
    50097: Meaning(
        "Your organization asks the device to prove itself.", _MANAGED, Remedy.OTHER_WAY
    ),
    50005: Meaning(
        "Your organization does not allow this kind of device.", _MANAGED, Remedy.OTHER_WAY
    ),
    53003: Meaning(
        "A Conditional Access policy of your organization blocks this sign-in.",
        "Sign in the other way: a policy may block only one of code and browser. If that is blocked too, ask whoever "
        "manages Conditional Access.",
        Remedy.OTHER_WAY,
    ),
    530032: Meaning(
        "A security policy of your organization blocks this sign-in.", _SECURITY, _ADMIN
    ),
    530035: Meaning(
        "The security defaults of your organization block this sign-in.", _SECURITY, _ADMIN
    ),
    530036: Meaning(
        "Your organization no longer accepts sign-ins that began with a device code.",
        "Sign in through a browser instead. The old sign-in was dropped here: it can never work again.",
        Remedy.OTHER_WAY,
    ),
    530084: Meaning(
        "Your organization asks for token protection, which this host cannot give.",
        "Work on another host, one with a sign-in broker, or ask to be left out of the token protection policy.",
        _ADMIN,
    ),
    # Consent.
    65001: Meaning(
        "The application may not use these permissions yet.",
        "A Global, Application or Cloud Application Administrator can consent.",
        Remedy.CONSENT,
    ),
    90094: Meaning(
        "An administrator has to consent to these permissions.",
        "A Global, Application or Cloud Application Administrator can consent.",
        Remedy.CONSENT,
    ),
    90095: Meaning(
        "An administrator has to approve the request for these permissions.",
        "Your request was sent: wait for the answer, or ask an Application Administrator.",
        Remedy.CONSENT,
    ),
    65004: Meaning(
        "You declined to give the application its permissions.",
        "Go back if you meant to. To give them, sign in again and accept.",
        Remedy.SIGN_IN,
    ),
    # The application and what it asks for.
    65002: Meaning(
        "This application may not ask for these permissions.",
        "Sign in with another application.",
        _APP,
    ),
    650057: Meaning(
        "The application's registration does not list the service that was asked for.",
        "Add the service to the registration, or sign in with another application.",
        _APP,
    ),
    650052: Meaning(
        "Your organization does not use the service that was asked for.",
        "Ask a Global Administrator whether the organization has it and the tenant is the right one.",
        _ADMIN,
    ),
    500011: Meaning(
        "The service that was asked for does not exist in your organization.",
        "Check that the tenant is the right one (--tenant). Else ask a Global Administrator.",
        _ADMIN,
    ),
    700016: Meaning(
        "The application is not known in your organization.",
        "It may have been deleted, or be a minute old: wait a little, check --tenant, or set up the application again.",
        _APP,
    ),
    700011: Meaning(
        "The application is not in your organization's directory.",
        "It may have been deleted: set it up again, or sign in with another application.",
        _APP,
    ),
    7000218: Meaning(
        "The application asks for a secret, so its public client flow is off.",
        "Set isFallbackPublicClient to true in its registration (“Allow public client flows”), or sign in with "
        "another application.",
        _APP,
    ),
    700025: Meaning(
        "A secret was sent for an application that has none.",
        "This is a fault of this program: attach the details to an issue. Another application may do meanwhile.",
        _APP,
    ),
    50105: Meaning(
        "Your organization lets only assigned people use this application.",
        "Ask a Cloud Application Administrator to assign you, or sign in with another application.",
        _APP,
    ),
    50011: Meaning(
        "The address that the browser returns to is not registered for the application.",
        "Register http://localhost for the application (mobile and desktop). " + _REGISTRATION,
        _APP,
    ),
    50194: Meaning(
        "The application is for one organization, and the sign-in named none.", _REGISTRATION, _APP
    ),
    700022: Meaning(
        "Entra was asked for tokens of two services at once.",
        "This is a fault of this program: attach the details to an issue.",
        Remedy.SIGN_IN,
    ),
    # The account.
    50020: Meaning("This account does not belong to the organization.", _GUEST, _ACCOUNT),
    90072: Meaning("This account does not belong to the organization.", _GUEST, _ACCOUNT),
    50034: Meaning(
        "This account does not exist in the organization.",
        "Check how the address is written and choose the account again; a guest names the organization with "
        "--tenant.",
        _ACCOUNT,
    ),
    50014: Meaning(
        "The guest account is not finished: its invitation was not accepted yet.",
        "Accept the invitation in a browser, wait a few minutes and sign in again. With a guest account, use "
        "--tenant.",
        _ACCOUNT,
    ),
    50057: Meaning(
        "This account is disabled.", "Ask an administrator, or choose another account.", _ACCOUNT
    ),
    50055: Meaning(
        "The password of this account has expired.",
        "Change it in a browser, then sign in again.",
        Remedy.SIGN_IN,
    ),
    53011: Meaning(
        "This account is blocked because of its risk.",
        "Ask an administrator of the account's own organization to clear the risk.",
        _ADMIN,
    ),
    50053: Meaning(
        "This account or address is locked for a while.",
        "Wait a few minutes before the next try: each one may prolong the lock. Else ask an administrator.",
        Remedy.WAIT,
    ),
    # The kept sign-in.
    50173: Meaning("Your sign-in was revoked.", _ENDED, Remedy.SIGN_IN),
    700082: Meaning(
        "Your sign-in has expired because it was not used for a long time.", _ENDED, Remedy.SIGN_IN
    ),
    70008: Meaning("Your sign-in has expired.", _ENDED, Remedy.SIGN_IN),
    70043: Meaning("Your organization asks you to sign in again.", _ENDED, Remedy.SIGN_IN),
    50133: Meaning("Your sign-in ended because the password changed.", _ENDED, Remedy.SIGN_IN),
    70000: Meaning("Entra does not know the kept sign-in.", _ENDED, Remedy.SIGN_IN),
    # The device code.
    70016: Meaning(
        "Entra still waits for the browser.", "Finish there, or ask for a new code.", Remedy.SIGN_IN
    ),
    70018: Meaning("The code is not right.", "Ask for a new code.", Remedy.SIGN_IN),
    70019: Meaning("The code has expired.", "Ask for a new code.", Remedy.SIGN_IN),
    90119: Meaning("No code was typed.", "Ask for a new code and type it.", Remedy.SIGN_IN),
    90120: Meaning("The code was used already.", "Ask for a new code.", Remedy.SIGN_IN),
    # The browser's answer (from the same page; not in auth.md §1.5).
    54005: Meaning(
        "The browser's answer was used already.", "Begin the sign-in again.", Remedy.SIGN_IN
    ),
    50126: Meaning(
        "What was typed as name or password was not right.",
        "Try again in the browser.",
        Remedy.SIGN_IN,
    ),
    # The service.
    50196: Meaning(
        "Entra sees the same request too often.",
        "Wait a few minutes and leave it alone.",
        Remedy.WAIT,
    ),
    90055: Meaning(
        "Entra is busy with your organization.",
        "Wait a few minutes and leave it alone.",
        Remedy.WAIT,
    ),
}

NEVER_BY_CODE = frozenset({53000, 53001, 50097, 50005, 530036})
"""A code is no way out of these (auth.md §1.4): it proves no device, and the policy of the last one ends it later."""


def number_in(code: str) -> int:
    """The number of an error's code ("AADSTS53003"), 0 when it is none of Entra's."""
    found = re.fullmatch(r"AADSTS(\d+)", code)
    return int(found.group(1)) if found else 0


def page_of(code: str) -> str:
    """Microsoft's page on the number, "" for any other code (auth.md §1.5)."""
    number = number_in(code)
    return f"https://login.microsoftonline.com/error?code={number}" if number else ""
