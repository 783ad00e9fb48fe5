"""The message table: the service's codes in our words, and what each kind of trouble means for the job.

Codes are Graph's (backup-storage-error-codes.md; graph.md section 9, reliability-and-peers.md section 3.1). They are
compared without case: two example pages print them in camelCase.
"""

from __future__ import annotations

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
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)

# (what it means, what to do); each a sentence.
_CODES: dict[str, tuple[str, str]] = {
    "protectionunitalreadyexists": (
        "Another policy, or this one, protects it already.",
        "Remove it there first, then add it here.",
    ),
    "protectionunitnotfound": (
        "The service does not know it.",
        "Check that it still exists and has a license, then try again later.",
    ),
    "invalidprotectionunitid": (
        "The service does not take its id.",
        "Check that it still exists, then choose it again.",
    ),
    "invalidartifactid": (
        "The service does not take its id.",
        "Check that it still exists, then choose it again.",
    ),
    "duplicateprotectionunitinlist": (
        "It was in the request twice.",
        "Make a new plan.",
    ),
    "protectionunitactionnotallowed": (
        "A dynamic rule holds it, so it cannot be removed by hand.",
        "Change the rule in the Microsoft 365 admin center.",
    ),
    "quotaexceeded": (
        "Its mailbox has no room left for held versions.",
        "Raise its recoverable items quota in Exchange, then wait.",
    ),
    "unknownerror": ("The service could not protect it and does not say why.", "Try again later."),
    "mailboxnotready": (
        "The mailbox is not ready yet.",
        "New or newly licensed mailboxes take a while: try again later.",
    ),
    "emailnotfound": ("No mailbox or account has this address.", "Check how it is written."),
    "siteurlnotfound": ("No site has this address.", "Check how it is written."),
    "protectionresourcesnotfound": (
        "Some addresses were not found.",
        "Check how they are written.",
    ),
    "policycreationnotallowed": (
        "The tenant allows no further policy of this product.",
        "Add to the policy that exists instead.",
    ),
    "policyactionnotallowed": (
        "The policy's state does not allow this now.",
        "Wait until the policy is at rest, then resume.",
    ),
    "invalidstateforactivation": (
        "The policy's state does not allow activation now.",
        "Wait until the policy is at rest, then resume.",
    ),
    "policynotfound": (
        "The policy does not exist any more.",
        "Somebody deleted it: make a new plan.",
    ),
    "invalidpolicyid": ("The service does not know the policy.", "Make a new plan."),
    "policysavefailed": ("The service could not save the policy.", "Resume to try again."),
    "invaliddisplayname": ("The service does not take the name.", "Choose another name."),
    "invalidcreaterequest": ("The service does not take the request.", "Make a new plan."),
    "protectionunitslimitbreached": (
        "The request had more than 50 units.",
        "Make a new plan: it is cut into requests of 50.",
    ),
    "unabletoreadbillingprofile": (
        "The service cannot read the billing profile.",
        "Look at pay-as-you-go billing in the admin center.",
    ),
    "invalidbillingprofile": (
        "The billing profile is not valid.",
        "Look at pay-as-you-go billing and the subscription behind it.",
    ),
    "billingprofilenotavailable": (
        "There is no billing profile.",
        "Set up pay-as-you-go billing in the admin center.",
    ),
}


def known(code: str) -> bool:
    return code.lower() in _CODES


def reason(code: str, said: str = "") -> str:
    """Why one unit did not make it and what to do; the service's own sentence where the code is new to us."""
    if known(code):
        return " ".join(_CODES[code.lower()])
    if said:
        return f"The service says: {said}"
    return f"The service refused it with {code}." if code else "The service gave no reason."


def refused(error: CloudError) -> str:
    """What happened to a write that was refused: the error's sentence, then what to do. Kept in the run's record,
    so it names no key."""
    return f"{error.what} {advice(error, keys=False)}".strip()


def advice(error: CloudError, *, keys: bool = True, again: str = "F5") -> str:
    """What it means for the job and what to do next: one sentence or two, for every kind of trouble.

    `keys`: name the key of the wizard; False for commands and records. `again`: the key that reads again on the
    page that shows it.
    """
    if known(error.code):
        return _CODES[error.code.lower()][1]

    def press(key: str, verb: str) -> str:
        return f"press {key} to {verb}" if keys else verb

    check_again, read_again = press(again, "check again"), press(again, "read again")
    sign_in = press("S", "sign in again")
    match error:
        case NotSignedIn() | StepUpNeeded():
            then = "" if keys else ", then resume"
            return f"{sign_in[0].upper()}{sign_in[1:]}{then}. Nothing that was done is repeated."
        case SignInRefused():
            return f"Try another account or ask who manages sign-in, then {sign_in}."
        case ConsentNeeded():
            who = "a Global, Application or Cloud Application Administrator"
            return f"Ask {who} to consent, then {sign_in}."
        case Forbidden():
            return f"Ask {error.who_can_grant or 'a Global Administrator'}, then {check_again}."
        case NotController():
            return "Use the Microsoft 365 admin center, or the application that runs backup here."
        case ServiceOff():
            return f"Look at billing and Turn on in the admin center, then {check_again}."
        case NotFound():
            return f"Somebody may have deleted it: {read_again}."
        case Conflict():
            return f"To go on from what is there now, {read_again}."
        case Limit():
            return "Take fewer, or use another policy."
        case Throttled():
            return f"Nothing was changed. Wait until then, or {check_again}."
        case Unreachable():
            then = f"press {again}" if keys else "try again"
            return f"Nothing was sent. Check the network or proxy, then {then}."
        case OutcomeUnknown():
            return "It may have happened. It is looked up before anything is sent again."
        case Broken():
            then = f"To try again, press {again}." if keys else "Try again."
            return f"{then} If it stays, attach the report file to an issue."
        case Rejected():
            return ""
        case _:
            return f"To try again, press {again}." if keys else "Try again."
