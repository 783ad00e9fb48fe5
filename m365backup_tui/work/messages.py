"""The message table: the service's codes in our words, and what each kind of trouble means for the job.

The codes themselves are in `message_codes`.
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
from m365backup_tui.work.message_codes import CODES


def known(code: str) -> bool:
    return code.lower() in CODES


def reason(code: str, said: str = "") -> str:
    """Why one unit did not make it and what to do; the service's own sentence where the code is new to us."""
    if known(code):
        return " ".join(CODES[code.lower()])
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
        return CODES[error.code.lower()][1]

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
        case Unreachable() if error.code not in ("", "407"):  # it was reached, and failed by itself
            then = f"press {again}" if keys else "try again"
            return f"Nothing was changed. The service has trouble of its own: wait a while, then {then}."
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
