"""Pages of other portals that the wizard's links name: Azure subscriptions, PIM, Conditional Access.

They show what the practice tenant has and say plainly what cannot be done here.
"""

from m365backup_tui.practice.arm.access import sees
from m365backup_tui.practice.arm.world import subscriptions_of
from m365backup_tui.practice.pages import facts, paragraph
from m365backup_tui.practice.personas import DIRECTORY_ROLE_NAMES
from m365backup_tui.practice.portal.parts import Page, Visitor


def _subscriptions(visitor: Visitor) -> str:
    rows = [
        (sub.name, f"{sub.state}, {sub.id}")
        for sub in subscriptions_of(visitor.tenant.identity)
        if sees(visitor.tenant, visitor.persona.oid, sub.id)
    ]
    return paragraph(
        "In the Azure portal a new subscription is created here. The practice tenant makes none."
    ) + (facts(rows) if rows else paragraph("You see no subscription."))


def _roles(visitor: Visitor) -> str:
    persona = visitor.persona
    rows = [(DIRECTORY_ROLE_NAMES[role], "active") for role in sorted(persona.active_roles)]
    rows += [(DIRECTORY_ROLE_NAMES[role], "eligible") for role in persona.eligible_roles]
    return paragraph(
        "In Microsoft Entra an eligible role is activated here. The practice tenant's people keep "
        "the roles they have: sign in as somebody else to go on."
    ) + (facts(rows) if rows else paragraph("You have no directory role."))


def _conditional_access(visitor: Visitor) -> str:
    return paragraph(
        "In Microsoft Entra the policies that stop a sign-in are changed here. In the practice "
        "tenant a sign-in is stopped by a fault of the A group, and goes on when that is switched off."
    )


PAGES = (
    Page(
        "subscriptions",
        "Subscriptions",
        "Azure subscriptions",
        "Azure portal > Subscriptions",
        _subscriptions,
    ),
    Page(
        "roles", "My roles", "My roles", "Microsoft Entra > Privileged Identity Management", _roles
    ),
    Page(
        "conditional-access",
        "Conditional Access",
        "Conditional Access",
        "Microsoft Entra > Protection > Conditional Access",
        _conditional_access,
    ),
)
