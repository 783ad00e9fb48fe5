"""What the pages of the practice admin center share: a page's outline, the status, the form fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from m365backup_tui.practice.arm.groups import all_groups
from m365backup_tui.practice.arm.world import REGIONS
from m365backup_tui.practice.clock import from_iso
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.pages import choice, facts, hidden, note, tick
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.service import billing, billing_profiles, handover, switching
from m365backup_tui.practice.service.status import service_now
from m365backup_tui.practice.tenant import Tenant

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the browser, and what the address or the form brought along."""

    tenant: Tenant
    persona: Persona
    form: Form

    @property
    def who(self) -> str:
        """The hidden field that carries the person on."""
        return hidden({"persona": self.persona.key})


View = Callable[[Visitor], str]
# Does it and says so in a sentence; raises ApiError with the words a page shows.
Action = Callable[[Visitor], str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `path` below /portal/, `where` = the menu path of the real page, `actions` by the
    last part of the address they are posted to ("" = the page's own)."""

    path: str
    title: str
    menu: str
    where: str
    view: View
    actions: Mapping[str, Action] = field(default_factory=dict)


def terms() -> str:
    """The box that has to be ticked; the product terms are not part of the practice tenant."""
    return tick("I accept the terms", "terms", required=True)


def require_terms(visitor: Visitor) -> None:
    """400 unless the terms were accepted."""
    if visitor.form.get("terms") != "yes":
        raise ArmError(400, "TermsNotAccepted", "Accept the terms to go on.")


def require_sure(visitor: Visitor) -> None:
    """400 unless the box that names the consequence was ticked."""
    if visitor.form.get("sure") != "yes":
        raise ArmError(400, "NotConfirmed", "Confirm that you know what this does.")


def place_of(visitor: Visitor) -> tuple[str, str, str]:
    """Subscription, resource group and region that a form names."""
    group = visitor.form.get("resource_group", "").partition("/")[2]
    return visitor.form.get("subscription_id", ""), group, visitor.form.get("region", "")


def place_fields(visitor: Visitor) -> str:
    """The three drop-downs, in the admin center's order, with what is known already chosen."""
    given = visitor.form
    subscription = given.get("subscription_id") or given.get("subscription", "")
    group = given.get("resource_group") or f"{subscription}/{given.get('group', '')}"
    subscriptions = billing.choices(visitor.tenant, visitor.persona)
    groups = [
        (f"{identity}/{one['name']}", f"{one['name']} ({name})")
        for identity, name in subscriptions
        for one in all_groups(visitor.tenant, identity)
    ]
    regions = [(region.name, region.display_name) for region in REGIONS if region.syntex]
    empty = "No subscription is listed: only those of this directory where you are Owner or Contributor are."
    return (
        ("" if subscriptions else note(empty))
        + choice(
            "Azure subscription",
            "subscription_id",
            subscriptions,
            subscription,
            "Choose a subscription",
        )
        + choice("Resource group", "resource_group", groups, group, "Choose a resource group")
        + choice("Region", "region", regions, given.get("region", ""), "Choose a region")
    )


def status(tenant: Tenant) -> str:
    """Billing, the service, who controls it, and the dates that matter."""
    service = service_now(tenant)
    rows = [("Billing", _paid_by(tenant))]
    rows.append(
        ("Microsoft 365 Backup", "turning on" if switching.turning_on(tenant) else service.status)
    )
    if service.reason != "none":
        rows.append(("Why", service.reason))
    if service.grace_until:
        rows.append(("Can be brought back until", day(service.grace_until)))
    if service.restore_until:
        rows.append(("Restores possible until", day(service.restore_until)))
    if service.consumer != "unknown":
        first = service.consumer == handover.FIRST_PARTY
        rows.append(("Controlled by", "this admin center" if first else "another application"))
    change = handover.pending(tenant)
    if change is not None:
        rows.append(("Another application takes over on", day(change["at"])))
    return facts(rows)


def day(moment: str) -> str:
    """A moment of the state as people read it."""
    read: datetime = from_iso(moment)
    return f"{read:%Y-%m-%d %H:%M} UTC"


def _paid_by(tenant: Tenant) -> str:
    linked = tenant.data["billing"]["linked"]
    if linked is not None:
        return f"{linked['resource_group']}, {linked['region']}"
    policies = billing_profiles.policies(tenant)
    if not policies:
        return "not set up"
    connected = ", ".join(one["name"] for one in policies.values() if one["connected"])
    return f"billing policies: {connected or 'none connected'}"
