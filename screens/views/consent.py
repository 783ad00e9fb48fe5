"""What the page about consent says: which permissions, what for, who can grant them, what to send."""

from __future__ import annotations

from collections.abc import Sequence

from m365backup_tui.domain.consent import (
    WHO_CANNOT,
    WHO_CONSENTS,
    HandOff,
    needed_only,
    permissions,
)
from m365backup_tui.domain.errors import CloudError, ConsentNeeded, NotSignedIn, StepUpNeeded
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import clock_time, ended
from m365backup_tui.state import State


def granted(state: State, scopes: Sequence[str]) -> bool:
    """Whether the newest answer is about these scopes, and yes."""
    seen = state.consent.value
    return seen is not None and seen.granted and seen.scopes == tuple(scopes)


def heading(state: State, scopes: Sequence[str]) -> str:
    """What is lacking, or that it is there."""
    if granted(state, scopes):
        return "Consent is given. Press Enter to go on."
    count = len(permissions(scopes))
    if count == 1:
        return "Somebody has to consent to 1 permission."
    return f"Somebody has to consent to {count} permissions."


def wanted(scopes: Sequence[str]) -> list[Span]:
    """One line a permission: its name, what it is for, and what is lost where it can be left out."""
    spans: list[Span] = []
    for one in permissions(scopes):
        spans += [(f"{one.name}\n", "strong"), (f"   to {one.why}", "plain")]
        spans.append((f". Without it: {one.without}\n" if one.without else "\n", "plain"))
    return ended(spans)


def who(state: State) -> list[Span]:
    """Who can do it, and for which application."""
    hand_off = state.hand_off.value
    application = hand_off.application if hand_off else "the application that signs you in"
    return [
        (f"For “{application}”. It never reaches further than your own roles.\n", "plain"),
        ("Can consent: ", "plain"),
        (WHO_CONSENTS, "strong"),
        (f". {WHO_CANNOT}", "plain"),
    ]


def link(hand_off: HandOff | None) -> list[Span]:
    """The address to send, whole."""
    if hand_off is None:
        return []
    return [("Send this address to one of them:\n", "plain"), (hand_off.link, "accent")]


def note(scopes: Sequence[str]) -> list[Span]:
    """What to know before it is sent."""
    without = (
        "L signs in without those that can be left out; what is lost then is said above. "
        if fewer(scopes)
        else ""
    )
    return [
        (without, "plain"),
        (
            "It is consent for everybody in the organization who may use this application, until it is removed. "
            "For one person only, the administrator creates a permission grant of type Principal; the file says how. "
            "After accepting, the browser ends on a page that cannot connect: that is fine.",
            "dim",
        ),
    ]


def at_rest(state: State, scopes: Sequence[str]) -> str:
    """When it was asked last, and the answer."""
    seen = state.consent
    if seen.value is None or seen.at is None or seen.value.scopes != tuple(scopes):
        return "Nothing is changed by this page. R asks Entra whether it is granted."
    if seen.value.granted:
        return f"Entra said at {clock_time(seen.at)}: granted."
    return f"Entra said at {clock_time(seen.at)}: not granted yet. R asks again."


def fewer(scopes: Sequence[str]) -> tuple[str, ...]:
    """What a sign-in with less would ask for; empty where nothing can be left out."""
    rest = needed_only(scopes)
    return rest if rest and len(rest) < len(tuple(scopes)) else ()


def meaning(error: CloudError) -> str:
    """Trouble with asking again that a new sign-in mends."""
    if isinstance(error, NotSignedIn | StepUpNeeded | ConsentNeeded):
        return "Press S to sign in; what you chose stays."
    return ""
