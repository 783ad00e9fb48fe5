"""Which company the practice tenant is: its ids, its names and its addresses."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cache

# The first company's tenant id. Made-up ids come from it; the first company's are never to change.
_FIRST = "5e0c5f0e-3a52-5a6e-9d0d-6a1f4c0f7b21"


@cache  # a million GUIDs are drawn for a big company
def _salt(tenant_id: str) -> int:
    return uuid.UUID(tenant_id).int ^ uuid.UUID(_FIRST).int


@dataclass(frozen=True, slots=True)
class Identity:
    """One company. Two companies of one seed and size have people, groups and sites of the same
    names, and share no id, no domain and no host.

    `key` is the word of `--company`. `partner` is the company whose Azure subscription is seen
    here through Lighthouse.
    """

    key: str
    tenant_id: str
    display_name: str
    domain: str
    mail_domain: str
    sharepoint_host: str
    onedrive_host: str
    partner: str

    def guid(self, *parts: str) -> str:
        """A GUID of this company that depends only on the words given."""
        return str(uuid.uuid5(uuid.UUID(self.tenant_id), "/".join(parts)))

    @property
    def salt(self) -> int:
        """128 bits that tell this company's drawn GUIDs from another's; nothing for the first."""
        return _salt(self.tenant_id)

    @property
    def partner_tenant_id(self) -> str:
        """The tenant id of the partner."""
        return self.guid(f"tenant-{self.partner.lower()}")

    def subscription(self, name: str) -> str:
        """The id of an Azure subscription by its word: production, sandbox, legacy, partner."""
        return self.guid(f"subscription-{self.partner.lower() if name == 'partner' else name}")


NORTHWIND = Identity(
    key="northwind",
    tenant_id=_FIRST,
    display_name="Northwind Labs",
    domain="northwindlabs.onmicrosoft.com",
    mail_domain="northwindlabs.example",
    sharepoint_host="northwindlabs.sharepoint.com",
    onedrive_host="northwindlabs-my.sharepoint.com",
    partner="Fabrikam",
)
FABRIKAM = Identity(
    key="fabrikam",
    tenant_id=NORTHWIND.partner_tenant_id,
    display_name="Fabrikam",
    domain="fabrikam.onmicrosoft.com",
    mail_domain="fabrikam.example",
    sharepoint_host="fabrikam.sharepoint.com",
    onedrive_host="fabrikam-my.sharepoint.com",
    partner="Contoso",
)
COMPANIES = {one.key: one for one in (NORTHWIND, FABRIKAM)}
# In a state's meta; a state without it is of the first company.
COMPANY = "company"


def read_company(text: str) -> Identity:
    """The company that was asked for, in any case. Raises ValueError with a sentence."""
    found = COMPANIES.get(text.strip().lower())
    if found is None:
        raise ValueError(f"The company must be {' or '.join(COMPANIES)}, not '{text}'.")
    return found


def company_of(meta: dict[str, object]) -> Identity:
    """The company of a state's meta. Raises ValueError for one that is not known."""
    return read_company(str(meta.get(COMPANY, NORTHWIND.key)))


def refuse_other_company(what: str, meta: dict[str, object], here: dict[str, object]) -> None:
    """Raises ValueError when `what`, with this meta, is of another company, seed or size than here."""
    theirs, ours = company_of(meta), company_of(here)
    if theirs != ours:
        raise ValueError(f"{what} is of {theirs.display_name}, this one is {ours.display_name}.")
    if any(meta.get(part) != here.get(part) for part in ("seed", "size")):
        raise ValueError(
            f"{what} is of a company of size {meta.get('size')}, this one has size {here['size']}."
        )


def everywhere(*parts: str) -> str:
    """A GUID that depends only on the words given and is the same in every company.

    For what Microsoft made (scopes, plans), and for words that hold an id of the company already.
    """
    return str(uuid.uuid5(uuid.UUID(_FIRST), "/".join(parts)))
