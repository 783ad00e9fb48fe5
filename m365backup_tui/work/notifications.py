"""E-mail notifications: what a policy file wants of them, compared with what the tenant has."""

from __future__ import annotations

from dataclasses import replace

from m365backup_tui.domain.errors import ConsentNeeded, Forbidden, NotController, Rejected
from m365backup_tui.domain.notifications import NotificationChange, Notifications, RecipientRole
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.policy_file import NotificationWish
from m365backup_tui.ports import Tools

_NO_PLAN = (
    "The policy file names e-mail notifications, so no plan was made. Take `notifications:` out of the file to plan "
    "the rest without them."
)


async def change_for(tools: Tools, wish: NotificationWish | None) -> NotificationChange | None:
    """None where nothing is wished, or the tenant is as wished. Reads the tenant only where something is wished.

    Raises the error of the read: a plan never leaves out a part of the file in silence.
    """
    if wish is None or (wish.enabled, wish.all_events, wish.role) == (None, None, None):
        return None
    try:
        return change_of(wish, await tools.backup.notifications())
    except (ConsentNeeded, Forbidden, NotController, Rejected) as error:
        raise replace(error, what=f"{error.what} {_NO_PLAN}") from error


async def notifications_of(tools: Tools, plan: Plan) -> Notifications | None:
    """As the tenant has them, where the plan changes them. Raises the error of the read."""
    return await tools.backup.notifications() if plan.notifications else None


def change_of(wish: NotificationWish, now: Notifications) -> NotificationChange | None:
    """What has to change for the tenant to be as wished; what the file does not name stays."""
    wanted = replace(
        now,
        enabled=now.enabled if wish.enabled is None else wish.enabled,
        all_events=now.all_events if wish.all_events is None else wish.all_events,
    )
    if wish.role is not None:
        listed = wish.addresses if wish.role is RecipientRole.CUSTOM else ()
        addresses = tuple(dict.fromkeys(entry.address for entry in listed))
        wanted = replace(wanted, role=wish.role, addresses=addresses, other="")
    return None if wanted.same_as(now) else NotificationChange(now, wanted)
