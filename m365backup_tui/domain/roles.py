"""Which Entra role may manage which product.

Sources: the 2025 set-up page's table (2025-03-17) for the first four roles; Entra "permissions reference"
(2026-01-20) for the template ids and the two newer backup roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from m365backup_tui.domain.products import ALL_PRODUCTS, Product


@dataclass(frozen=True, slots=True)
class EntraRole:
    """A built-in directory role; `template_id` is the same in every tenant."""

    template_id: str
    name: str
    manages: frozenset[Product]


class How(StrEnum):
    """How a person holds a role."""

    DIRECT = "direct"
    GROUP = "group"  # through a role-assignable group
    ELIGIBLE = "eligible"  # Privileged Identity Management: only after activation


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A directory role of the signed-in person. `name` is shown when the role is not one of ours."""

    template_id: str
    name: str
    how: How
    tenant_wide: bool = True


_ALL = frozenset(ALL_PRODUCTS)
_FILES = frozenset({Product.ONEDRIVE, Product.SHAREPOINT})
_MAIL = frozenset({Product.EXCHANGE})

BACKUP_ROLES: tuple[EntraRole, ...] = (
    EntraRole("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", _ALL),
    EntraRole("1707125e-0aa2-4d4d-8655-a7c786c76a25", "Microsoft 365 Backup Administrator", _ALL),
    EntraRole("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", _FILES),
    EntraRole("9d3e04ba-3ee4-4d1b-a3a7-9aef423a09be", "SharePoint Backup Administrator", _FILES),
    EntraRole("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", _MAIL),
    EntraRole("49eb8f75-97e9-4e37-9b2b-6c3ebfcffa31", "Exchange Backup Administrator", _MAIL),
)
_BY_ID = {role.template_id: role for role in BACKUP_ROLES}

# Who reaches the set-up pages of the admin center: SETUP26 (2026-07-17) names SharePoint Administrator and Global
# Administrator. The Backup Administrator runs the tool but is not named there.
SETUP_ROLE_IDS = frozenset(
    {"62e90394-69f5-4237-9190-012177145e10", "f28a1f50-f6e7-4571-818b-6a12f2af6b6c"}
)

WHO_GRANTS_ROLES = "a Global Administrator or Privileged Role Administrator"


def backup_role(template_id: str) -> EntraRole | None:
    return _BY_ID.get(template_id.lower())


class Verdict(StrEnum):
    YES = "yes"
    AFTER_ACTIVATION = "after activation"
    NO = "no"


def verdict(product: Product, held: Iterable[HeldRole]) -> Verdict:
    """What these roles mean for one product. A role that is not tenant-wide counts for nothing here."""
    best = Verdict.NO
    for role in held:
        known = backup_role(role.template_id)
        if known is None or product not in known.manages or not role.tenant_wide:
            continue
        if role.how is not How.ELIGIBLE:
            return Verdict.YES
        best = Verdict.AFTER_ACTIVATION
    return best


def manageable(held: Iterable[HeldRole]) -> tuple[Product, ...]:
    roles = tuple(held)
    return tuple(p for p in ALL_PRODUCTS if verdict(p, roles) is Verdict.YES)


def least_role_for(product: Product) -> EntraRole:
    """The role to ask for: the narrowest that manages the product (least privilege)."""
    return min((r for r in BACKUP_ROLES if product in r.manages), key=lambda r: len(r.manages))
