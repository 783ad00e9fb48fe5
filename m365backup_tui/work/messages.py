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
    Remedy,
    ServiceOff,
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.sign_in_numbers import MEANINGS, number_in
from m365backup_tui.work.message_codes import CODES

_REPEATED = "Nothing that was done is repeated."
_BY_REMEDY = {
    Remedy.OTHER_WAY: "Sign in the other way: a policy may block only one of code and browser.",
    Remedy.OTHER_APPLICATION: "Sign in with another application.",
    Remedy.OTHER_ACCOUNT: "Choose another account.",
    Remedy.ASK_ADMIN: "Ask whoever manages sign-in in your organization.",
    Remedy.WAIT: "Wait a few minutes.",
}


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
    match error:
        case NotSignedIn() | StepUpNeeded() | SignInRefused() | ConsentNeeded():
            return sign_in_advice(error, keys=keys)
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
            how_long = "until then" if error.until else "a few minutes"
            return f"Nothing was changed. Wait {how_long}, or {check_again}."
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


def sign_in_advice(error: CloudError, *, keys: bool = True, interrupted: bool = False) -> str:
    """What to do about a sign-in that ended or was refused (auth.md §1.5), for a page or for a record.

    `interrupted`: a run stopped because of it, so it is resumed.
    """
    known = MEANINGS.get(number_in(error.code))
    said = known.advice if known else _BY_REMEDY.get(error.remedy) if error.remedy else ""
    if isinstance(error, ConsentNeeded) and not said:
        said = "Ask a Global, Application or Cloud Application Administrator to consent."
    ends = interrupted or not isinstance(error, SignInRefused | ConsentNeeded)
    then = "Press S to sign in again" if keys else "Sign in again"
    if said:
        then = f"Then {then[0].lower()}{then[1:]}"
    if ends and not keys:
        then += ", then resume"
    parts = (said, _for_the_administrator(error), f"{then}.", _REPEATED if ends else "")
    return " ".join(part for part in parts if part)


def _for_the_administrator(error: CloudError) -> str:
    """What finds the refused sign-in in the sign-in logs (auth.md §1.5)."""
    asks = error.remedy in (Remedy.ASK_ADMIN, Remedy.OTHER_WAY)
    if not asks or not error.correlation_id:
        return ""
    when = f", {error.at:%H:%M} UTC" if error.at else ""
    return f"Whoever manages sign-in finds it by the correlation id {error.correlation_id}{when}."
