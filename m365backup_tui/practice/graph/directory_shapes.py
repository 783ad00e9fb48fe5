"""How users, groups and directory roles look in Graph, from the company's values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from m365backup_tui.practice.company.identity import everywhere
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import Group, GroupKind, MailboxKind, User
from m365backup_tui.practice.personas import DIRECTORY_ROLE_NAMES

Record = dict[str, Any]

# What a list or GET shows when nothing is selected.
USER_DEFAULT = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
]
GROUP_DEFAULT = [
    "id",
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "isAssignableToRole",
    "mail",
    "mailEnabled",
    "mailNickname",
    "securityEnabled",
    "visibility",
]

EXCHANGE_PLAN = "efb87545-963c-4e0d-99df-69c6916d9eb0"  # Exchange Online (Plan 2)
SHAREPOINT_PLAN = "5dbe027f-2339-4123-9542-606e4d348a72"  # SharePoint Online (Plan 2)


def show_user(user: User) -> Record:
    """Every property of a user that the practice tenant knows."""
    return {
        "id": user.id,
        "displayName": user.display_name,
        "givenName": user.given_name,
        "surname": user.surname,
        "userPrincipalName": user.upn,
        "mail": user.mail,
        "accountEnabled": user.account_enabled,
        "userType": user.user_type,
        "department": user.department,
        "jobTitle": user.job_title,
        "officeLocation": user.office,
        "businessPhones": [],
        "mobilePhone": None,
        "preferredLanguage": None,
        "createdDateTime": f"{user.created.isoformat()}T08:00:00Z",
        "onPremisesSyncEnabled": True if user.hybrid else None,
        "assignedLicenses": _licenses(user),
        "assignedPlans": _plans(user),
    }


def _licenses(user: User) -> list[Record]:
    return [{"skuId": user.sku_id, "disabledPlans": []}] if user.sku_id else []


def _plans(user: User) -> list[Record]:
    plans: list[Record] = []
    if user.sku_id and user.mailbox is MailboxKind.USER:
        plans.append(_plan("exchange", EXCHANGE_PLAN, user))
    if user.sku_id and user.drive_url:
        plans.append(_plan("SharePoint", SHAREPOINT_PLAN, user))
    return plans


def _plan(service: str, plan_id: str, user: User) -> Record:
    return {
        "service": service,
        "servicePlanId": plan_id,
        "capabilityStatus": "Enabled",
        "assignedDateTime": f"{user.created.isoformat()}T08:00:00Z",
    }


def show_group(group: Group) -> Record:
    """Every property of a group that the practice tenant knows."""
    mailed = group.kind is not GroupKind.SECURITY
    name = group.mail.split("@")[0] if group.mail else group.id[:8]
    return {
        "id": group.id,
        "displayName": group.display_name,
        "description": group.description,
        "mail": group.mail,
        "mailEnabled": mailed,
        "mailNickname": name,
        "securityEnabled": group.kind is GroupKind.SECURITY,
        "groupTypes": ["Unified"] if group.kind is GroupKind.UNIFIED else [],
        "isAssignableToRole": True if group.role_assignable else None,
        "visibility": "Private" if group.kind is GroupKind.UNIFIED else None,
        "createdDateTime": "2022-05-10T08:00:00Z",
    }


def show_role(template_id: str, limited: bool) -> Record:
    """An activated directoryRole; `limited` = the caller may see only that it exists."""
    name = DIRECTORY_ROLE_NAMES[template_id]
    return {
        "@odata.type": "#microsoft.graph.directoryRole",
        "id": everywhere("directoryRole", template_id),
        "deletedDateTime": None,
        "displayName": None if limited else name,
        "description": None if limited else f"Holders of the role {name}.",
        "roleTemplateId": None if limited else template_id,
    }


def show_object(company: Company, object_id: str) -> Record | None:
    """A user or group with its @odata.type and every property; None when unknown."""
    return show_objects(company, [object_id]).get(object_id.lower())


def show_objects(company: Company, object_ids: Iterable[str]) -> dict[str, Record]:
    """Users and groups by id, each with its @odata.type and every property; unknown ids are left
    out."""
    users, groups = company.objects(object_ids)
    found: dict[str, Record] = {
        one.id: {"@odata.type": "#microsoft.graph.user", **show_user(one)} for one in users
    }
    for group in groups:
        found[group.id] = {"@odata.type": "#microsoft.graph.group", **show_group(group)}
    return found


USER_PROPERTIES = frozenset(show_user(User("", "", "")))
