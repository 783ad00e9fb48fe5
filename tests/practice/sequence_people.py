"""Whom the sequences are about: units that can be protected without trouble, and small groups of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate
from m365backup_tui.practice.company.model import MailboxKind
from m365backup_tui.practice.company.opening import build_company
from m365backup_tui.practice.tenant import DEFAULT_SEED, DEFAULT_SIZE
from tests.practice.sequence_model import Group


@cache
def people() -> dict[Product, dict[str, Candidate]]:
    """Units of each product by key."""
    company = build_company(DEFAULT_SEED, DEFAULT_SIZE)
    users = [u for u in company.users() if u.mailbox is MailboxKind.USER and not u.hybrid]
    mail = [Candidate(Product.EXCHANGE, u.id, u.display_name, u.upn, 1) for u in users]
    drives = [
        Candidate(Product.ONEDRIVE, u.id, u.display_name, u.upn, 1) for u in users if u.drive_url
    ]
    sites = [
        Candidate(Product.SHAREPOINT, s.id, s.name, s.web_url, 1)
        for s in company.sites()
        if s.protectable
    ]
    found = {Product.EXCHANGE: mail, Product.ONEDRIVE: drives, Product.SHAREPOINT: sites}
    return {
        product: {u.key.lower(): replace(u, key=u.key.lower()) for u in units}
        for product, units in found.items()
    }


@cache
def groups() -> list[Group]:
    """A few small security groups without groups in them."""
    company = build_company(DEFAULT_SEED, DEFAULT_SIZE)
    known = people()
    found: list[Group] = []
    for group in company.groups():
        members = {key.lower() for key in company.transitive_members(group.id)}
        if not 2 <= len(members) <= 12 or not members <= set(known[Product.EXCHANGE]):
            continue
        if members <= set(known[Product.ONEDRIVE]):
            mine = frozenset(members)
            both = {Product.EXCHANGE: mine, Product.ONEDRIVE: mine, Product.SHAREPOINT: mine}
            found.append(Group(group.id, group.display_name, both))
    assert found
    return found[:6]
