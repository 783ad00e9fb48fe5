"""E-mail notifications through Microsoft Graph: a part of `ports.Backup`. A change is sent once (rules R1, R2).

There is no scope that only reads them (graph.md §2.1), so nothing is asked here unless a policy file names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.profiles import SCOPES_NOTIFY
from m365backup_tui.domain.errors import Broken, Forbidden
from m365backup_tui.domain.notifications import (
    WHO_MAY_CHANGE,
    NotificationChange,
    Notifications,
    RecipientRole,
)

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_service_client import GraphServiceClient

_ALL_EVENTS = "restoreAndPolicyUpdates"


class GraphNotifications:
    """What `GraphBackup` does with them. Importing this module loads no SDK."""

    _calls: GraphCalls

    async def notifications(self) -> Notifications:
        doing = "reading the e-mail notifications"
        try:
            item = await self._calls.get(SCOPES_NOTIFY, read, doing)
        except Forbidden as error:
            raise _whose(error) from error
        return notifications_from(item)

    async def set_notifications(self, change: NotificationChange) -> str:
        """One PATCH with what differs, so that what the tenant may not change is left alone. The request id."""
        doing = "changing the e-mail notifications"
        try:
            _, request_id = await self._calls.write(
                SCOPES_NOTIFY, lambda client: patch(client, change), doing
            )
        except Forbidden as error:
            raise _whose(error) from error
        return request_id


def read(client: GraphServiceClient) -> RequestInformation:
    setting = client.solutions.backup_restore.email_notifications_setting
    return setting.to_get_request_information()


def patch(client: GraphServiceClient, change: NotificationChange) -> RequestInformation:
    """The role is read-only for third-party controllers (graph.md §2.6): it is sent only where recipients differ."""
    from msgraph.generated.models.email_identity import EmailIdentity
    from msgraph.generated.models.email_notifications_setting import EmailNotificationsSetting
    from msgraph.generated.models.notification_events_type import NotificationEventsType
    from msgraph.generated.models.notification_recipients import NotificationRecipients
    from msgraph.generated.models.notification_recipients_type import NotificationRecipientsType

    now, wanted = change.now, change.wanted
    body = EmailNotificationsSetting()
    if wanted.enabled is not now.enabled:
        body.is_enabled = wanted.enabled
    if wanted.all_events is not now.all_events:
        word = _ALL_EVENTS if wanted.all_events else "none"
        body.additional_events = NotificationEventsType(word)
    if not replace(now, enabled=wanted.enabled, all_events=wanted.all_events).same_as(wanted):
        body.recipients = NotificationRecipients(role=NotificationRecipientsType(wanted.role.value))
        if wanted.role is RecipientRole.CUSTOM:
            body.recipients.custom_recipients = [EmailIdentity(email=a) for a in wanted.addresses]
    setting = client.solutions.backup_restore.email_notifications_setting
    return setting.to_patch_request_information(body)


def notifications_from(item: Mapping[str, Any]) -> Notifications:
    """Raises Broken where the answer does not say whether they are on. Flags are words joined by commas."""
    enabled = item.get("isEnabled")
    if not isinstance(enabled, bool):
        raise Broken(
            "The answer to reading the e-mail notifications does not say whether they are on."
        )
    recipients = item.get("recipients")
    told: Mapping[str, Any] = recipients if isinstance(recipients, dict) else {}
    said = ",".join(_flags(told.get("role")))
    role = next((r for r in RecipientRole if r.value == said), RecipientRole.UNKNOWN)
    people = told.get("customRecipients") or ()
    found = (str(p.get("email") or "") for p in people if isinstance(p, dict))
    return Notifications(
        enabled=enabled,
        all_events=_ALL_EVENTS in _flags(item.get("additionalEvents")),
        role=role,
        addresses=tuple(address for address in found if address),
        other=said if role is RecipientRole.UNKNOWN else "",
    )


def _flags(value: object) -> list[str]:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else []


def _whose(error: Forbidden) -> Forbidden:
    """The role that it takes, and who can give it."""
    return replace(error, what=f"{error.what} That takes {WHO_MAY_CHANGE}.")
