"""What the sign-in page says whichever way one signs in, and what it says about a code, worked out from the State."""

from __future__ import annotations

from datetime import datetime, timedelta

from m365backup_tui.domain.applications import AZURE_CLI, name_of
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    Remedy,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.domain.session import Way
from m365backup_tui.domain.sign_in_numbers import NEVER_BY_CODE, number_in
from m365backup_tui.screens.views.applications import known_apps
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.state import Remote, State
from m365backup_tui.work.messages import advice, sign_in_advice

# The terminal may never hear that a policy blocked the browser: it goes on being told "pending" (auth.md 1.4).
QUIET_FOR = timedelta(seconds=60)
BLOCKED_HINT = (
    "Nothing has come back yet. Does the browser say “You don't have access to this”, or 53003? "
    "Then a Conditional Access policy blocks codes, as Microsoft's managed policy “Block device code "
    "flow” does (Entra documentation, 2025-11-06). Press B to sign in through a browser instead."
)
WARNING = "Type this code only because you asked for it here. If somebody sent you a code, do not."
FIRST_TIME = "A code is easiest over SSH. A browser (B) works where codes are blocked."


def way_of(state: State, chosen: Way | None) -> Way:
    """By which way one signs in: as chosen here, as it worked last time, or by a code."""
    return chosen or (state.how.way if state.how else None) or Way.CODE


def other(way: Way) -> Way:
    """The other way."""
    return Way.BROWSER if way is Way.CODE else Way.CODE


def begun(state: State) -> bool:
    """A sign-in is under way, or came to nothing and says so."""
    return state.device_code != Remote() or state.browser != Remote()


def settled(state: State) -> bool:
    """Somebody is signed in, and no new sign-in is wanted: to satisfy a policy, or of another account."""
    return state.signed_in is not None and state.needs is None and not state.another


def done(state: State) -> bool:
    """The same, and none is under way."""
    return settled(state) and not begun(state)


def failed(state: State) -> CloudError | None:
    """Why there is no sign-in."""
    return state.device_code.error or state.browser.error


def for_azure(state: State) -> bool:
    """Azure does not take the first application's sign-in: this one is for it alone, with another application."""
    return isinstance(state.needs, NotSignedIn) and state.needs.code == "sign_in_for_azure"


def application(state: State) -> str:
    """The name under which Entra shows who asks (auth.md 2.4)."""
    how, known = state.how, known_apps(state)
    if for_azure(state):
        chosen = how.azure_application if how else ""
        return name_of(chosen or AZURE_CLI, known)
    return name_of(how.graph_application if how else "", known)


def heading(state: State, way: Way) -> str:
    """Where you are and what to do."""
    if state.signed_in is not None and done(state):
        account = state.signed_in.account
        return f"You are signed in as {account.name or account.username}."
    waits = state.device_code.value is not None or state.browser.value is not None
    if failed(state) is not None and not waits:
        return "The sign-in did not work."
    what = "open one address in a browser" if way is Way.BROWSER else "type this code in a browser"
    if not waits:
        if not (state.device_code.busy or state.browser.busy):
            return "Sign in: looking for a sign-in that this host keeps."  # find_account is at it
        thing = "an address" if way is Way.BROWSER else "a code"
        return f"Sign in: {thing} for your browser is on its way."
    if for_azure(state):
        return f"Sign in once more, for Azure: {what}."
    if state.another:
        return f"Sign in with another account: {what}."
    if state.needs is not None:
        return f"Sign in again to go on: {what}, on any device."
    return f"Sign in: {what}, on any device."


def why(state: State) -> list[Span]:
    """Why a second sign-in is asked for, and for whom."""
    if failed(state) is not None:
        return []  # what went wrong now is told in place of it
    if state.needs is not None and not for_azure(state):
        return [(f"{state.needs.what}\n\n", "plain")]
    if state.signed_in is None:
        return []
    who = state.signed_in.account.username
    if state.another:
        return [(f"{who} stays signed in until then, and if you press Esc.\n\n", "plain")]
    if not for_azure(state):
        return []
    words = (
        f"Azure does not take the sign-in that Microsoft 365 took. Sign in as {who} again: the same "
        "person, with another application.\n"
    )
    return [(words, "plain"), *session_of_azure_cli(state), ("\n", "plain")]


def instructions(state: State) -> list[Span]:
    """The three things to do at the browser."""
    code = state.device_code.value
    if code is None:
        return []
    return [
        ("1  Open   ", "plain"),
        (f"{code.verification_uri}\n", "accent"),
        ("2  Type   ", "plain"),
        (f"{spaced(code.grouped)}\n", "strong"),
        ("3  Sign in there and accept the application\n", "plain"),
        (f"   {application(state)}.\n", "plain"),
    ]


def meaning(error: CloudError, way: Way) -> str:
    """What trouble with the sign-in means, and what Enter does about it here."""
    thing = "a new address" if way is Way.BROWSER else "a new code"
    asks = "Ask for a new code. "
    if isinstance(error, SignInRefused | NotSignedIn | StepUpNeeded | ConsentNeeded):
        said = sign_in_advice(error).replace(" Nothing that was done is repeated.", "")
        for tail in ("Then press S to sign in again.", "Press S to sign in again."):
            said = said.replace(tail, f"Press {enter(error, way).meaning}.")
        if error.remedy is Remedy.OTHER_ACCOUNT:
            said += " O shows the accounts on this host."
        return said.removeprefix(asks)  # that is what Enter does
    return advice(error, again="Enter").replace("press Enter.", f"press Enter for {thing}.")


class Enter:
    """What Enter does after a refusal: the way out that helps."""

    def __init__(self, label: str, do: str, means: str) -> None:
        self.label = label
        self.do = do
        self.meaning = f"Enter {means}"


def enter(error: CloudError, way: Way) -> Enter:
    """The remedy as a key (auth.md 1.4, 1.5)."""
    thing = "address" if way is Way.BROWSER else "code"
    match error.remedy:
        case Remedy.OTHER_WAY if way is Way.CODE:
            return Enter("By browser", "other_way", "to sign in through a browser")
        case Remedy.OTHER_WAY if number_in(error.code) not in NEVER_BY_CODE:
            return Enter("By code", "other_way", "to sign in by code")
        case Remedy.OTHER_APPLICATION:
            return Enter("Another application", "applications", "to choose another application")
        case Remedy.CONSENT:
            return Enter("Who can consent", "consent", "to see what to send to whom")
        case _:
            return Enter(f"New {thing}", "anew", f"for a new {thing}")


def spaced(grouped: str) -> str:
    """The code with room around each letter: large, and read aloud letter by letter."""
    return "   ".join(" ".join(group) for group in grouped.split())


def know(state: State, way: Way, now: datetime) -> list[Span]:
    """What to know while signing in: the warning, where it is kept, what may be in the way."""
    spans: list[Span] = []
    code = state.device_code
    waits = code.value is not None or state.browser.value is not None
    if waits and state.place.stand_in:
        spans.append(("\nPractice: press P to play the person at the browser.\n", "accent"))
    if code.value is not None:
        if code.at is not None and now - code.at > QUIET_FOR:
            spans.append((f"\n{BLOCKED_HINT}\n", "warn"))
        else:
            spans.append((f"\n{WARNING}\n", "plain"))
            if state.how is not None and state.how.way is None and state.signed_in is None:
                spans.append((f"{FIRST_TIME}\n", "plain"))
    if way is Way.CODE and state.signed_in is None:
        spans += home(state)
    return spans


def session_of_azure_cli(state: State) -> list[Span]:
    """Azure CLI keeps a session here: whose, and that it can be used; or why not."""
    found = state.azure_cli.value
    if found is None:
        return []
    if found.why_not:
        return [(f"Azure CLI's session cannot be used: {found.why_not}\n", "dim")]
    return [(f"Azure CLI is signed in here as {found.username}: Z uses that.\n", "accent")]


def home(state: State) -> list[Span]:
    """Where the sign-in is, or would be, kept, and why."""
    kept = state.token_home.value or (state.signed_in.home if state.signed_in else None)
    return [(f"\n{kept.why}\n", "dim")] if kept is not None else []
