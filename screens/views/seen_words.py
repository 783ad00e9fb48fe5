"""What pages say of values that an earlier sitting read, and of what happened to them."""

from __future__ import annotations

from typing import Any

from m365backup_tui.screens.words import day_time
from m365backup_tui.state import Remote, State

SIGNING_IN = "Your sign-in is being taken up again: press it once more in a moment."
NOT_READ = "The policies could not be read anew: press R in their list first."
NOT_CHECKED_YET = "The permission check is still running: press it once more in a moment."


def as_it_was(view: State, read: Remote[Any], left_out: int = 0) -> str:
    """`As it was on 21 Nov 10:42; it is being read again.` while what is shown is old; else ""."""
    if read.value is None or read.at is None:
        return ""
    earlier = view.waking or (view.seen is not None and read.at == view.seen.at)
    if not (earlier or read.busy or read.error):
        return ""
    when = f"As it was on {day_time(read.at)}"
    more = f"; {left_out:,} more are not shown" if left_out else ""
    if read.error is not None:
        return f"{when}{more}; it could not be read again."
    return f"{when}{more}; it is being read again."


def why_no_review(view: State) -> str:
    """Why the review cannot be opened although something waits for it; "" when it can."""
    if view.waking:
        return SIGNING_IN
    if view.seen is not None:
        return NOT_READ if view.policies.error else NOT_CHECKED_YET
    return ""
