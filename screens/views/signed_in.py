"""What the sign-in page says once somebody is signed in: who, for which organization, how, and where it is kept."""

from __future__ import annotations

from m365backup_tui.domain.session import KERNEL_HOURS, KeptIn, Way
from m365backup_tui.screens.views.sign_in import application
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.words import clock_time
from m365backup_tui.state import State

_HOW = {Way.CODE: "by code", Way.BROWSER: "through a browser"}
PLACES = {
    KeptIn.KEYRING: "keyring of this host",
    KeptIn.LOGOUT: f"for {KERNEL_HOURS} hours at most",
    KeptIn.PASSPHRASE: "sealed with a passphrase",
    KeptIn.MEMORY: "only until you leave the wizard",
}


def facts(state: State) -> list[Span]:
    """The organization first: the wrong one is the worst mistake."""
    if state.signed_in is None:
        return []
    account = state.signed_in.account
    domain = account.username.partition("@")[2]
    organization = f"{account.tenant_name}   {domain}" if account.tenant_name else domain
    came = _HOW.get(state.signed_in.way) if state.signed_in.way else None
    since = f"{came}, at {clock_time(state.signed_in.at)}" if came else "kept from an earlier time"
    spans: list[Span] = [
        ("Organization  ", "plain"),
        (f"{organization}\n", "strong"),
        (f"Account       {account.username}\n", "plain"),
        (f"Signed in     {since}\n", "plain"),
        (f"Application   {application(state)} (A changes it)\n", "plain"),
    ]
    kept = state.token_home.value or state.signed_in.home
    spans.append((f"Kept          {PLACES[kept.kept_in]}\n", "plain"))
    spans.append((f"\n{kept.why}\n", "dim"))
    return spans


def remarks(state: State) -> list[Span]:
    """What was found, or went wrong, beside the sign-in itself."""
    spans: list[Span] = []
    if state.settings_kept.error is not None:
        spans.append((f"\n{state.settings_kept.error.what}\n", "warn"))
    if state.unfinished is not None:
        spans.append(
            (f"\nAn unfinished run was found ({state.unfinished.id}). Press G to go on.\n", "warn")
        )
    return spans
