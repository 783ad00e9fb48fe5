"""What the sign-in page says, worked out from the State."""

from __future__ import annotations

from datetime import datetime, timedelta

from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    SignInRefused,
    StepUpNeeded,
)
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.state import Remote, State
from m365backup_tui.work.messages import advice

APPLICATION = "Microsoft Graph Command Line Tools"
AZURE_APPLICATION = "Microsoft Azure CLI"  # the second way to Azure (auth.md 2.4)

# The terminal may never hear that a policy blocked the browser: it goes on being told "pending" (auth.md 1.4).
QUIET_FOR = timedelta(seconds=60)
BLOCKED_HINT = (
    "Nothing has come back yet. If the browser says “You don't have access to this” (53003), a "
    "Conditional Access policy blocks sign-in by code, as Microsoft's managed policy “Block device "
    "code flow” does (Entra documentation, 2025-11-06). Ask whoever manages Conditional Access to "
    "exclude your account for this, then press N."
)
WARNING = "Type this code only because you asked for it here. If somebody sent you a code, do not."


def done(state: State) -> bool:
    """Signed in, and no new sign-in under way (one may sign in again to satisfy a policy)."""
    return state.signed_in is not None and state.device_code == Remote() and state.needs is None


def for_azure(state: State) -> bool:
    """Azure does not take the first application's sign-in: this one is for it alone, with another application."""
    return isinstance(state.needs, NotSignedIn) and state.needs.code == "sign_in_for_azure"


def heading(state: State) -> str:
    """Where you are and what to do."""
    if state.signed_in is not None and done(state):
        account = state.signed_in.account
        return f"You are signed in as {account.name or account.username}."
    if state.device_code.value is not None and for_azure(state):
        return "Sign in once more, for Azure: type this code in a browser."
    if state.device_code.value is not None and state.needs is not None:
        return "Sign in again to go on: type this code in a browser, on any device."
    if state.device_code.value is not None:
        return "Sign in: type this code in a browser, on any device."
    if state.device_code.error is not None:
        return "The sign-in did not work."
    return "Sign in: a code for your browser is on its way."


def instructions(state: State) -> list[Span]:
    """The three things to do at the browser; or who is signed in."""
    if done(state):
        return _account(state)
    code = state.device_code.value
    if code is None:
        error = state.device_code.error
        if error is not None and "Enter" not in meaning(error):
            return [("Press Enter for a new code.", "plain")]
        return []
    return [
        ("1  Open   ", "plain"),
        (f"{code.verification_uri}\n", "accent"),
        ("2  Type   ", "plain"),
        (f"{spaced(code.grouped)}\n", "strong"),
        ("3  Sign in there and accept the application\n", "plain"),
        (f"   {AZURE_APPLICATION if for_azure(state) else APPLICATION}.\n", "plain"),
    ]


def meaning(error: CloudError) -> str:
    """What trouble with the sign-in means: Enter is the way to another code here, and nothing is there to resume."""
    if isinstance(error, SignInRefused | NotSignedIn | StepUpNeeded):
        return "Try another account or ask who manages sign-in, then press Enter for a new code."
    if isinstance(error, ConsentNeeded):
        who = "a Global, Application or Cloud Application Administrator"
        return f"Ask {who} to consent, then press Enter for a new code."
    return advice(error, again="Enter")


def spaced(grouped: str) -> str:
    """The code with room around each letter: large, and read aloud letter by letter."""
    return "   ".join(" ".join(group) for group in grouped.split())


def _account(state: State) -> list[Span]:
    assert state.signed_in is not None  # noqa: S101 - asked by instructions only
    account = state.signed_in.account
    lines = [f"Account       {account.username}"]
    if account.tenant_name:
        lines.append(f"Organization  {account.tenant_name}")
    return [("\n".join(lines), "plain")]


def know(state: State, now: datetime) -> list[Span]:
    """What to know while signing in: the warning, where it is kept, what may be in the way."""
    spans: list[Span] = []
    code = state.device_code
    if code.value is not None:
        if state.place.stand_in:
            spans.append(
                ("\nPractice: press P to play the person at the browser.\n", "accent"),
            )
        if code.at is not None and now - code.at > QUIET_FOR:
            spans.append((f"\n{BLOCKED_HINT}\n", "warn"))
        else:
            spans.append((f"\n{WARNING}\n", "plain"))
    spans += _home(state)
    if done(state) and state.unfinished is not None:
        spans.append(
            (f"\nAn unfinished run was found ({state.unfinished.id}). Press G to go on.\n", "warn")
        )
    return spans


def _home(state: State) -> list[Span]:
    home = state.signed_in.home if state.signed_in else state.token_home.value
    return [(f"\n{home.why}\n", "dim")] if home is not None else []
