"""The applications that can sign an admin in: by which name Entra shows each, and what choosing it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from m365backup_tui.domain.app_registration import UNIQUE_NAME, AppSeen, flaws
from m365backup_tui.domain.settings import AZURE_CLI_SESSION, SignInSettings

# auth.md §2.1; the client ids are those of `cloud.profiles`.
GRAPH_TOOLS = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
NAMES = {
    GRAPH_TOOLS: "Microsoft Graph Command Line Tools",
    AZURE_CLI: "Microsoft Azure CLI",
}
AZURE_SESSION = "Azure CLI's session on this host"
OWN_UNKNOWN = "An application of your organization"


_OURS = (
    "Your organization's own: one sign-in for both services, only the permissions that it was granted, and only for "
    "people assigned to it. It is not a backup controller; whether the backup service takes policy work from it "
    "everywhere is not verified, the permission check shows it."
)
_THEIRS = (
    "An app registration of your organization: one sign-in for both services, with the permissions that it was "
    "granted. Who may use it, and what for, is up to whoever registered it. Whether the backup service takes policy "
    "work from it is not known; the permission check shows it."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One line to choose. `settings`: what would be in force. `refused`: why it cannot be chosen, "" when it can."""

    key: str
    service: str
    name: str
    meaning: str
    settings: SignInSettings
    refused: str = ""

    def current(self, now: SignInSettings) -> bool:
        mine = self.settings
        if self.service == "Graph":
            return mine.graph_application == now.graph_application
        if self.service == "Azure":
            return mine.azure_application == now.azure_application
        same = mine.graph_application == now.graph_application
        return same and mine.azure_application == now.azure_application


def name_of(client_id: str, own: Sequence[AppSeen] = ()) -> str:
    """How Entra shows an application; "" is the default."""
    if client_id == AZURE_CLI_SESSION:
        return AZURE_SESSION
    found = next((app.name for app in own if app.app_id == client_id), "")
    return NAMES.get(client_id or GRAPH_TOOLS) or found or OWN_UNKNOWN


def choices(
    now: SignInSettings, own: Sequence[AppSeen] = (), no_azure_session: str = ""
) -> tuple[Choice, ...]:
    """What can be chosen: first for Microsoft Graph, then for Azure, then for both. `own`: app registrations that are
    known by now. `no_azure_session`: why Azure CLI's session cannot be used, "" when it can."""
    found = [
        Choice(
            "graph-default",
            "Graph",
            NAMES[GRAPH_TOOLS],
            "The default. Microsoft's own, and one that it lets work on backup policies. Your organization sees its "
            "consent as given to everybody who may use it.",
            _without_own(now, graph_application=""),
        ),
        Choice(
            "azure-default",
            "Azure",
            f"{NAMES[GRAPH_TOOLS]}, or {NAMES[AZURE_CLI]}",
            "The default: one sign-in where Azure accepts it; where it does not, a second short one as "
            "Microsoft Azure CLI. Whether Azure accepts the first everywhere is not verified.",
            _without_own(now, azure_application=""),
        ),
        Choice(
            "azure-cli",
            "Azure",
            NAMES[AZURE_CLI],
            "A second short sign-in for Azure alone, with the application that az uses.",
            _without_own(now, azure_application=AZURE_CLI),
        ),
        Choice(
            "azure-session",
            "Azure",
            AZURE_SESSION,
            "Whoever is signed in with az here: no second sign-in. The tenant and the person have to be the same.",
            _without_own(now, azure_application=AZURE_CLI_SESSION),
            no_azure_session,
        ),
    ]
    ours = [app for app in own if app.unique_name == UNIQUE_NAME]
    in_use = [app for app in own if app.app_id == now.graph_application]
    listed = {app.app_id: app for app in (*ours, *in_use)}
    if now.graph_application and now.graph_application not in listed:
        listed[now.graph_application] = AppSeen("", now.graph_application, OWN_UNKNOWN, public=True)
    found += [own_choice(now, app) for app in listed.values()]
    return tuple(found)


def own_choice(now: SignInSettings, app: AppSeen) -> Choice:
    """An app registration of the tenant, for Graph and Azure with one sign-in."""
    wrong = flaws(app) if app.object_id else ()
    return Choice(
        f"own {app.app_id}",
        "Both",
        app.name,
        _OURS if app.unique_name == UNIQUE_NAME else _THEIRS,
        replace(now, graph_application=app.app_id, azure_application=app.app_id),
        f"It cannot sign people in here: {' and '.join(wrong)}." if wrong else "",
    )


def _without_own(now: SignInSettings, **change: str) -> SignInSettings:
    """An own application serves both or none: leaving it for one service leaves it for the other."""
    own = now.graph_application
    if own and now.azure_application == own:
        now = replace(now, graph_application="", azure_application="")
    if own and "azure_application" in change:
        now = replace(now, graph_application="")
    return replace(now, **change)  # type: ignore[arg-type]
