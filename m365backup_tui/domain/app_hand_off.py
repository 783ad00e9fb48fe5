"""For somebody else: the own app registration as exact commands of Azure CLI, with the JSON that Graph takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from m365backup_tui.domain.app_registration import (
    ARM_API,
    DEFAULT_ROLE,
    DISPLAY_NAME,
    GRAPH_API,
    NOTES,
    REDIRECTS,
    SERVICE_NAMES,
    UNIQUE_NAME,
    WANTED,
)
from m365backup_tui.domain.consent import WHO_CANNOT, WHO_CONSENTS
from m365backup_tui.domain.session import Account

_GRAPH = "https://graph.microsoft.com/v1.0"
_BODY: Mapping[str, Any] = {
    "displayName": DISPLAY_NAME,
    "signInAudience": "AzureADMyOrg",
    "isFallbackPublicClient": True,
    "publicClient": {"redirectUris": list(REDIRECTS)},
    "notes": NOTES,
}


def app_hand_off_text(account: Account) -> str:
    """A message and a script for bash. Azure CLI's own permissions suffice for it (auth.md §2.1). No secret in it."""
    where = account.tenant_name or account.username.partition("@")[2]
    return "\n".join(
        [
            f"{account.username} asks for an application of its own for m365backup-tui in {where}.",
            "",
            f"Who can do this: {WHO_CONSENTS}. {WHO_CANNOT}",
            "",
            "What it is: a public client without a secret, for this organization only, for assigned people only. It",
            "acts with the signed-in person's own rights. It is not made a Microsoft 365 Backup controller.",
            "",
            "Lines for bash, after: az login --tenant " + account.tenant_id,
            "",
            *_script(account.object_id, account.tenant_id),
            "",
            "Send back the four lines that the last command prints: they go into settings.toml, the settings file of",
            "m365backup-tui (m365backup-tui doctor names its place). There is no secret in them.",
            "",
        ]
    )


def _script(person: str, tenant: str) -> list[str]:
    unique = f"{_GRAPH}/applications(uniqueName='{UNIQUE_NAME}')"
    lines = [
        "# 1. The application; run twice, it is still one.",
        _rest("patch", unique, _BODY, "Prefer=create-if-missing"),
        f'app=$(az rest --url "{unique}" --query appId --output tsv)',
        "# 2. What it is in this organization, for assigned people only. An error that it exists already is fine.",
        _rest("post", f"{_GRAPH}/servicePrincipals", {"appId": "$app"}),
        f"sp=$(az rest --url \"{_GRAPH}/servicePrincipals(appId='$app')\" --query id --output tsv)",
        _rest("patch", f"{_GRAPH}/servicePrincipals/$sp", {"appRoleAssignmentRequired": True}),
        _rest(
            "post",
            f"{_GRAPH}/servicePrincipals/$sp/appRoleAssignedTo",
            {"principalId": person, "resourceId": "$sp", "appRoleId": DEFAULT_ROLE},
        ),
        "# 3. Permissions, for this person alone.",
    ]
    for service in (GRAPH_API, ARM_API):
        name = "graph" if service == GRAPH_API else "arm"
        found = f"{_GRAPH}/servicePrincipals(appId='{service}')"
        lines += [
            f"# {SERVICE_NAMES[service]}",
            f'{name}=$(az rest --url "{found}" --query id --output tsv)',
            _rest(
                "post",
                f"{_GRAPH}/oauth2PermissionGrants",
                {
                    "clientId": "$sp",
                    "consentType": "Principal",
                    "principalId": person,
                    "resourceId": f"${name}",
                    "scope": " ".join(WANTED[service]),
                },
            ),
        ]
    names = ("graph_application", "azure_application", "tenant")
    settings = "[global.sign_in]\\n" + "".join(f'{name} = "%s"\\n' for name in names)
    return [*lines, "# 4. What to send back.", f"printf '{settings}' $app $app {tenant}"]


def _rest(method: str, url: str, body: Mapping[str, Any], *headers: str) -> str:
    """One command; the body in double quotes, so that $app and $sp are filled in."""
    text = json.dumps(body).replace('"', '\\"')
    named = " ".join(f'"{one}"' for one in ("Content-Type=application/json", *headers))
    return f'az rest --method {method} --url "{url}" --headers {named} --body "{text}"'
