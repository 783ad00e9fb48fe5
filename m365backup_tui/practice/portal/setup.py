"""The older node: Setup > pay-as-you-go, and Settings > Storage > Backup (admin-center.md §1.2)."""

from m365backup_tui.practice.pages import form, note, paragraph, tick
from m365backup_tui.practice.portal.parts import (
    Page,
    Visitor,
    place_fields,
    place_of,
    require_sure,
    require_terms,
    terms,
)
from m365backup_tui.practice.service import billing
from m365backup_tui.practice.tenant import Tenant


def _setup(visitor: Visitor) -> str:
    inner = f"{visitor.who}<p>You are {visitor.persona.name}.</p>{place_fields(visitor)}{terms()}"
    return form("/portal/setup", "Set up pay-as-you-go billing", inner, "Save") + _backup(visitor)


def _save(visitor: Visitor) -> str:
    require_terms(visitor)
    billing.set_up(visitor.tenant, visitor.persona, "setup", *place_of(visitor))
    return "Billing is saved. Microsoft 365 Backup is not on yet: that is the next step."


def _turn_on(visitor: Visitor) -> str:
    require_terms(visitor)
    billing.turn_on(visitor.tenant, visitor.persona)
    return "Done. Close this page and go back to the wizard: it looks until it sees the change."


def _turn_off(visitor: Visitor) -> str:
    require_sure(visitor)
    billing.turn_off(visitor.tenant, visitor.persona)
    return "Saved. The status is off; the dates below tell what can still be done until when."


def _unlink(visitor: Visitor) -> str:
    require_sure(visitor)
    billing.unlink(visitor.tenant, visitor.persona)
    return "The Azure subscription is disconnected. Nobody pays for Backup any more."


def _migrate(visitor: Visitor) -> str:
    policy = billing.migrate(visitor.tenant, visitor.persona)
    return f"Billing now goes through the billing policy {policy['name']}. Backup goes on without a pause."


def _storage(visitor: Visitor) -> str:
    found = _backup(visitor)
    if _asked(visitor.tenant) != "disabled" and _linked(visitor.tenant):
        off = (
            "I know that this pauses all policies and, after the grace period, deletes all backups"
        )
        found += form(
            "/portal/storage/turn-off",
            "Backup: status",
            visitor.who + tick(off, "sure", required=True),
            "Turn off",
        )
    if _linked(visitor.tenant):
        found += form(
            "/portal/storage/migrate",
            "Migrate",
            visitor.who
            + paragraph(
                "Moves billing to a billing policy with the same subscription, resource group and "
                "region. Backup is not interrupted."
            ),
            "Migrate",
        )
    return found


def _organization(visitor: Visitor) -> str:
    if not _linked(visitor.tenant):
        return note("No Azure subscription is connected here.")
    sure = "I know that nobody pays for Backup afterwards, and that offboarding begins"
    return form(
        "/portal/org-settings",
        "Edit billing information",
        visitor.who + tick(sure, "sure", required=True),
        "Disconnect Azure subscription",
    )


def _backup(visitor: Visitor) -> str:
    if not _linked(visitor.tenant):
        return note("Microsoft 365 Backup can be turned on here once billing is saved.")
    if _asked(visitor.tenant) == "enabled":
        return ""
    inner = visitor.who + paragraph(_STORAGE) + terms()
    return form("/portal/setup/turn-on", "Microsoft 365 Backup", inner, "Turn on")


def _asked(tenant: Tenant) -> str:
    return str(tenant.data["billing"]["service"]["status"])


def _linked(tenant: Tenant) -> bool:
    return tenant.data["billing"]["linked"] is not None


_STORAGE = "Settings > Syntex services > Storage > Backup"
PAGES = (
    Page(
        "setup",
        "Set up pay-as-you-go billing",
        "Setup (older)",
        "Setup > Billing and licenses > Activate pay-as-you-go services > Billing > Syntex services",
        _setup,
        {"": _save, "turn-on": _turn_on},
    ),
    Page(
        "storage",
        "Backup",
        "Storage > Backup (older)",
        _STORAGE,
        _storage,
        {"turn-off": _turn_off, "migrate": _migrate},
    ),
    Page(
        "org-settings",
        "Pay-as-you-go services",
        "Org settings (older)",
        "Settings > Org settings > Pay-as-you-go services > Syntex services",
        _organization,
        {"": _unlink},
    ),
)
