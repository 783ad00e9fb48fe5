"""What the pages about accounts say: who is kept here, and what signing out does and does not do (auth.md §5)."""

from __future__ import annotations

from m365backup_tui.domain.session import Account
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.state import State

REMOVES = (
    "This removes from this host: the account, what was kept of its sign-in, and the key that opens it. Runs and "
    "their records stay."
)
REMOVES_ONE = (
    "This removes from this host: the account and what was kept of its sign-in. Other accounts stay, and so does "
    "the key that opens theirs."
)
REVOKES_NOT = (
    "It does not end: this account's sign-ins on other devices, and tokens that somebody copied from here before. "
    "Those live up to 90 days unless they are revoked: in the Entra admin center, Users, the person, Revoke "
    "sessions. That takes some minutes and does not work for guests."
)
RUNNING = "A run is going on. Wait for its end, or stop it first."
ENDS_ALL = (
    "Entra ends every sign-in of this account, on every device and in every program, within some minutes. You sign "
    "in anew everywhere. It needs one more permission (User.RevokeSessions.All) and does nothing for guests."
)
EVERYBODY, EVERYWHERE = "everybody", "everywhere"


def key_of(account: Account) -> str:
    """What names the account in a list."""
    return " ".join(account.key)


def organization(account: Account) -> str:
    """The name where it is known; else the domain of the person."""
    return account.tenant_name or account.username.partition("@")[2]


def current(account: Account, state: State) -> bool:
    """Whether it is the one that is signed in now."""
    now = state.signed_in.account if state.signed_in else None
    return account.same_as(now)


def busy(state: State) -> str:
    """Why accounts cannot be changed now, or ""."""
    return RUNNING if state.run is not None and not state.run.over else ""


def rows(state: State) -> tuple[Row, ...]:
    """One line an account: organization first, the one in use marked."""
    return tuple(
        Row(
            key_of(one),
            (
                organization(one),
                one.username,
                "signed in" if current(one, state) else "",
            ),
        )
        for one in state.accounts.value or ()
    )


def choices(chosen: Account, count: int, mine: bool) -> tuple[Row, ...]:
    """Whom to sign out, and how far."""
    rows = [Row(key_of(chosen), (chosen.username, "on this host"))]
    if count > 1:
        rows.append(Row(EVERYBODY, (f"All {count} accounts", "on this host")))
    if mine:
        rows.append(Row(EVERYWHERE, (chosen.username, "on every device: a lost host")))
    return tuple(rows)


def consequences(which: str, count: int) -> list[Span]:
    """Before it is confirmed."""
    if which == EVERYWHERE:
        return [(f"{ENDS_ALL}\n\n", "warn"), (REMOVES, "plain")]
    everybody = which == EVERYBODY or count < 2
    return [(f"{REMOVES if everybody else REMOVES_ONE}\n\n", "plain"), (REVOKES_NOT, "warn")]


def what_was_done(gone: str, left: int) -> list[Span]:
    """After it was done."""
    rest = "Nobody is kept here any more." if not left else f"Still kept here: {left}."
    return [(f"{gone} was signed out of this host. {rest} Esc goes back.", "ok")]
