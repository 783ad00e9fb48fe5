"""What the pages about applications say: the choices, and the plan of an own application."""

from __future__ import annotations

from dataclasses import dataclass

from m365backup_tui.domain.app_registration import (
    ARM_API,
    DISPLAY_NAME,
    GRAPH_API,
    IDENTITY_SCOPES,
    Act,
    AppSeen,
    OwnApp,
    offered_scopes,
)
from m365backup_tui.domain.applications import Choice, choices
from m365backup_tui.domain.consent import WHO_CONSENTS, permission
from m365backup_tui.domain.errors import CloudError, ConsentNeeded, Forbidden
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.state import State


def settings(state: State) -> SignInSettings:
    """What is in force."""
    return state.how or SignInSettings()


def known_apps(state: State) -> tuple[AppSeen, ...]:
    """The app registrations that were read so far."""
    own = state.own_app.value
    ours = (own.found.app,) if own is not None and own.found.app is not None else ()
    return (*ours, *(a for a in state.applications.value or () if a not in ours))


def found_choices(state: State) -> tuple[Choice, ...]:
    """What can be chosen now."""
    session = state.azure_cli
    if session.value is not None:
        why = session.value.why_not
    elif session.busy:
        why = "Azure CLI is being asked."
    else:
        why = "Nobody is signed in with az on this host, or az is not installed."
    return choices(settings(state), known_apps(state), why)


def choice_rows(state: State) -> tuple[Row, ...]:
    """One line a choice, the ones in force marked."""
    now = settings(state)
    return tuple(
        Row(
            one.key,
            (one.service, one.name, "in use" if one.current(now) else ""),
            mark="ok" if one.current(now) else "",
            disabled=one.refused,
        )
        for one in found_choices(state)
    )


# --- an application of one's own ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the plan: what it is, why, and which writes would make it true."""

    key: str
    what: str
    why: str
    acts: tuple[Act, ...]
    service: str = ""


_ITEMS = (
    Item(
        "app",
        f"Application “{DISPLAY_NAME}”",
        "Signs people of this organization in, nobody else. Public client: there is no secret that could leak. Its "
        "redirect addresses are localhost and Microsoft's page for command-line programs. It is found again by its "
        "unique name, so a second administrator uses the same one.",
        (Act.CREATE, Act.MEND),
    ),
    Item(
        "principal",
        "Its entry among the enterprise applications",
        "Without it nobody can sign in with the application here, and nothing can be granted to it.",
        (Act.PRINCIPAL,),
    ),
    Item(
        "close",
        "Only assigned people may use it",
        "Otherwise a permission granted for everybody could be used by everybody.",
        (Act.CLOSE,),
    ),
    Item("assign", "You are assigned to it", "So that you get in.", (Act.ASSIGN,)),
    Item("graph", "Microsoft Graph", "", (Act.GRANT, Act.EXTEND), GRAPH_API),
    Item("azure", "Azure", "", (Act.GRANT, Act.EXTEND), ARM_API),
)


def plan_rows(own: OwnApp) -> tuple[Row, ...]:
    """Six lines: what is there, what would be made."""
    return tuple(_row(item, own) for item in _ITEMS)


def _row(item: Item, own: OwnApp) -> Row:
    writes = [w for w in own.writes if w.act in item.acts and w.service == item.service]
    what = item.what
    if item.service:
        for_whom = "everybody who is assigned" if own.wish.everybody else "you alone"
        what = f"Permissions of {item.what}, for {for_whom}"
    finding = "there" if not writes else _will(writes[0].act, len(writes[0].added))
    return Row(item.key, (what, finding), mark="ok" if not writes else "dot")


def _will(act: Act, count: int) -> str:
    match act:
        case Act.MEND:
            return "correct"
        case Act.EXTEND:
            return f"add {count}"
        case Act.GRANT:
            return f"grant {count}"
        case Act.CLOSE | Act.ASSIGN:
            return "set"
        case _:
            return "create"


def about(own: OwnApp | None, key: str | None) -> str:
    """Why this line is in the plan; for permissions each with its reason."""
    item = next((one for one in _ITEMS if one.key == key), None)
    if own is None or item is None:
        return ""
    if not item.service:
        return item.why
    scopes = [s for s in offered_scopes(own.found, item.service) if s not in IDENTITY_SCOPES]
    if not scopes:
        return f"This organization does not use {item.what} yet: nothing can be granted for it."
    lines = [f"{one}: {permission(one).why}" for one in scopes]
    if item.service == GRAPH_API:
        lines.append(f"{', '.join(IDENTITY_SCOPES)}: what every sign-in takes")
    return "\n".join(lines)


def own_heading(state: State) -> str:
    """Before, during and after."""
    own = state.own_app
    if own.busy and own.value is not None:
        return "Your application is being worked on."
    if own.value is None:
        if own.error is not None:
            return "Whether there is an application of your own cannot be read yet."
        return "An application of your own: looking what is there. Nothing is changed."
    if own.error is not None:
        return "Not all of it was done."
    if own.value.complete:
        return "Your application is there and complete. Press Enter to sign in with it."
    if own.value.found.app is not None:
        yours = {write.act for write in own.value.writes} <= {Act.ASSIGN, Act.GRANT, Act.EXTEND}
        if yours:  # as a second administrator finds it
            return f"The application is there. {_count(own.value)} would let you use it."
        return f"The application is half made. {_count(own.value)} would complete it."
    return f"This would be made: {_count(own.value)}. Nothing has been written yet."


def _count(own: OwnApp) -> str:
    count = len(own.writes)
    return f"{count} write{'s' * (count != 1)}"


def own_note(own: OwnApp | None) -> str:
    """What it is not; the part that nobody may miss."""
    if own is not None and own.found.principal is not None and not own.found.principal.enabled:
        return (
            "It is switched off for signing in (Enterprise applications in Entra, Properties). Whoever did that has "
            "to switch it on again: the wizard does not."
        )
    return (
        "It is never made a Microsoft 365 Backup controller: that would take the backups over from the admin center, "
        "and the wizard does not make that call. Whether the backup service takes policy work from it in every "
        "organization is not verified; after the sign-in the permission check shows it."
    )


def own_meaning(error: CloudError) -> str:
    """What stands in the way of making it, and both ways out."""
    file = "W saves the commands for somebody who may."
    if isinstance(error, ConsentNeeded):
        return (
            "Looking and creating takes 3 permissions, asked for now and for this only: press S to sign in for just "
            f"these. Who may consent: {WHO_CONSENTS}. {file}"
        )
    if isinstance(error, Forbidden):
        return f"Who may: {error.who_can_grant or WHO_CONSENTS}. {file}"
    return ""
