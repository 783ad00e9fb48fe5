"""The ids of Northwind Labs, the company that every test has unless it asks for another."""

from m365backup_tui.practice.company.identity import NORTHWIND
from m365backup_tui.practice.personas import Persona, personas_of

TENANT_ID = NORTHWIND.tenant_id
SUB_PRODUCTION = NORTHWIND.subscription("production")
SUB_SANDBOX = NORTHWIND.subscription("sandbox")
SUB_LEGACY = NORTHWIND.subscription("legacy")
SUB_FABRIKAM = NORTHWIND.subscription("partner")
PERSONAS = personas_of(NORTHWIND).everybody
BACKUP_GROUP_ID = personas_of(NORTHWIND).groups[0].id


def persona_by_key(key: str) -> Persona | None:
    """The persona with this key, or None."""
    return personas_of(NORTHWIND).by_key(key)
