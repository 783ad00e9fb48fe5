"""Lines 1 and 2 of every step, from the State."""

from __future__ import annotations

from m365backup_tui import steps
from m365backup_tui.screens.base import Chrome
from m365backup_tui.screens.widgets.keys import show_key
from m365backup_tui.screens.widgets.stepbar import StepMark, StepState
from m365backup_tui.screens.widgets.titlebar import TitleFacts
from m365backup_tui.state import State

GO_WRONG_KEY = "f9"
"""Free on every page and in every text field, and passed on by SSH, tmux and screen."""


def chrome(state: State) -> Chrome:
    account = state.signed_in.account if state.signed_in else state.known
    who = ""
    if account is not None:
        who = account.name or account.username
        if state.signed_in is None:
            who += " (signing in)" if state.waking else " (signed out)"
    return Chrome(
        title=TitleFacts(
            tenant=account.tenant_name or account.username.partition("@")[2] if account else "",
            account=who,
            practice=state.place.stand_in,
            hint=show_key(GO_WRONG_KEY) if state.place.stand_in else "",
        ),
        steps=tuple(_mark(entry) for entry in steps.bar(state)),
    )


def _mark(entry: steps.BarEntry) -> StepMark:
    if entry.current:
        look = StepState.CURRENT
    elif entry.done:
        look = StepState.DONE
    else:
        look = StepState.UPCOMING
    return StepMark(entry.label, entry.label, look)
