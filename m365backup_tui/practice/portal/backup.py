"""Settings > Microsoft 365 Backup: what is on, who controls it, and calling off a change of that."""

from m365backup_tui.practice.arm.syntex import listed
from m365backup_tui.practice.arm.world import subscriptions_of
from m365backup_tui.practice.errors import ArmError
from m365backup_tui.practice.guids import is_guid
from m365backup_tui.practice.pages import facts, field, form, note, paragraph
from m365backup_tui.practice.portal.parts import Page, Visitor, day, place_fields, place_of
from m365backup_tui.practice.service import billing_profiles, handover, switching
from m365backup_tui.practice.service.billing_azure import put_app_policy
from m365backup_tui.practice.tenant import Tenant

_SERVICES = (("SharePoint", "sharePoint"), ("OneDrive", "oneDrive"), ("Exchange", "exchange"))


def _backup(visitor: Visitor) -> str:
    tenant = visitor.tenant
    found = facts([(name, _coverage(tenant, product)) for name, product in _SERVICES])
    found += paragraph(
        "Policies are set up with the wizard or with any Graph client: the practice tenant has no "
        "pages for them."
    )
    rows = [
        (app["client_id"], handover.status_of(tenant, app))
        for app in handover.apps(tenant).values()
    ]
    found += "<h2>Service apps</h2>"
    found += facts(rows) if rows else paragraph("No application has registered to control backup.")
    change = handover.pending(tenant)
    if change is not None:
        told = paragraph(f"Another application takes over on {day(change['at'])}.")
        legend = "Change of controller"
        found += form("/portal/backup/keep", legend, visitor.who + told, "Call it off")
    return found


def _coverage(tenant: Tenant, product: str) -> str:
    """How many policies and items of a service there are, as the last request left them."""
    db = tenant.state.db
    [policies] = db.execute(
        "SELECT count(*) FROM policies WHERE product = ?", (product,)
    ).fetchone()
    [units] = db.execute(
        "SELECT coalesce(sum(n), 0) FROM unit_counts WHERE product = ? AND policy != ''", (product,)
    ).fetchone()
    return f"policies: {policies}, items: {units}" if policies else "not set up"


def _keep(visitor: Visitor) -> str:
    switching.cancel_change(visitor.tenant, visitor.persona)
    return "The change is called off. Everything stays as it is."


def _app_billing(visitor: Visitor) -> str:
    rows = [
        (str(item["properties"]["identityId"]), str(item["provisioningState"]))
        for sub in subscriptions_of(visitor.tenant.identity)
        for item in listed(visitor.tenant, sub.id, billing_profiles.ACCOUNTS)
        if item["properties"].get("identityType") == "App"
    ]
    inner = (
        visitor.who
        + field("Application (client) ID", "application", visitor.form.get("application", ""))
        + place_fields(visitor)
    )
    return (
        paragraph(
            "This page stands for New-SPOAppBillingPolicy in the SharePoint Online Management Shell. "
            "An application needs it before it can enable backup as a third-party controller."
        )
        + (facts(rows) if rows else note("No application has a billing policy of its own."))
        + form("/portal/app-billing", "App billing policy", inner, "Create app billing policy")
    )


def guid_of(application: str) -> str:
    """The application's id; ArmError 400 for what is no GUID."""
    client_id = application.strip()
    if not is_guid(client_id):
        raise ArmError(400, "BadApplicationId", "The application's id is a GUID.")
    return client_id


def _create_app_policy(visitor: Visitor) -> str:
    client_id = guid_of(visitor.form.get("application", ""))
    put_app_policy(visitor.tenant, visitor.persona, client_id, place_of(visitor))
    return "The application's billing policy is saved. Azure shows it after the usual wait."


PAGES = (
    Page(
        "backup",
        "Microsoft 365 Backup",
        "Microsoft 365 Backup",
        "Settings > Microsoft 365 Backup",
        _backup,
        {"keep": _keep},
    ),
    Page(
        "app-billing",
        "App billing policies",
        "App billing",
        "SharePoint Online Management Shell",
        _app_billing,
        {"": _create_app_policy},
    ),
)
