"""The people of the practice tenant who can sign in, with their directory and Azure rights.

Each persona stands for one answer of the permission check. All ids are made from fixed words, so
that they are the same in every run. Role template ids: reference/graph.md §11.1; Azure role
definition ids: reference/azure.md §3.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from m365backup_tui.practice.company.identity import NORTHWIND, Identity

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
SHAREPOINT_ADMINISTRATOR = "f28a1f50-f6e7-4571-818b-6a12f2af6b6c"
EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de"
BACKUP_ADMINISTRATOR = "1707125e-0aa2-4d4d-8655-a7c786c76a25"
SHAREPOINT_BACKUP_ADMINISTRATOR = "9d3e04ba-3ee4-4d1b-a3a7-9aef423a09be"
EXCHANGE_BACKUP_ADMINISTRATOR = "49eb8f75-97e9-4e37-9b2b-6c3ebfcffa31"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
BILLING_ADMINISTRATOR = "b0f54661-2d74-4c50-afa3-1ec803f12efe"

DIRECTORY_ROLE_NAMES = {
    GLOBAL_ADMINISTRATOR: "Global Administrator",
    SHAREPOINT_ADMINISTRATOR: "SharePoint Administrator",
    EXCHANGE_ADMINISTRATOR: "Exchange Administrator",
    BACKUP_ADMINISTRATOR: "Microsoft 365 Backup Administrator",
    SHAREPOINT_BACKUP_ADMINISTRATOR: "SharePoint Backup Administrator",
    EXCHANGE_BACKUP_ADMINISTRATOR: "Exchange Backup Administrator",
    GLOBAL_READER: "Global Reader",
    BILLING_ADMINISTRATOR: "Billing Administrator",
}

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
# Reader's id is general knowledge, not in the reference: UNVERIFIED.
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@dataclass(frozen=True, slots=True)
class AzureRight:
    """One Azure role of a persona on a subscription.

    `group_id` names the group that carries it, None when it is assigned to the person;
    `eligible` means PIM: not in force until activated.
    """

    subscription_id: str
    role_definition_id: str
    group_id: str | None = None
    eligible: bool = False


@dataclass(frozen=True, slots=True)
class PersonaGroup:
    """A security group that the personas' rights come through."""

    id: str
    display_name: str
    role_assignable: bool
    member_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody who can sign in.

    `direct_roles` and `group_roles` are role template ids in force, the second through
    `role_group_id`; `eligible_roles` are PIM-eligible and not in force.
    """

    key: str
    name: str
    upn: str
    oid: str
    says: str
    direct_roles: tuple[str, ...] = ()
    group_roles: tuple[str, ...] = ()
    role_group_id: str | None = None
    eligible_roles: tuple[str, ...] = ()
    azure: tuple[AzureRight, ...] = ()

    @property
    def active_roles(self) -> frozenset[str]:
        """Every role template id in force, direct or through a group."""
        return frozenset(self.direct_roles) | frozenset(self.group_roles)


@dataclass(frozen=True, slots=True)
class Personas:
    """The people of one company who can sign in, in the order of the pages, and their groups."""

    everybody: tuple[Persona, ...]
    groups: tuple[PersonaGroup, ...]

    def __iter__(self) -> Iterator[Persona]:
        """One after the other."""
        return iter(self.everybody)

    def by_key(self, key: str) -> Persona | None:
        """The persona with this key, or None."""
        return next((persona for persona in self.everybody if persona.key == key), None)

    def by_oid(self, oid: str) -> Persona | None:
        """The persona with this object id, or None."""
        return next((persona for persona in self.everybody if persona.oid == oid), None)


DEFAULT_PERSONA_KEY = "global-admin"


@cache
def personas_of(identity: Identity) -> Personas:
    """The personas of this company. Keys, names and rights are the same in every company."""
    backup = PersonaGroup(
        identity.guid("group-backup-operators"), "Backup Operators", True, ("backup-admin",)
    )
    return Personas(_people(identity, backup), (backup,))


def _sign_in_name(name: str, identity: Identity) -> str:
    first, last = name.lower().split()
    return f"{first}.{last}@{identity.domain}"


def _people(identity: Identity, backup: PersonaGroup) -> tuple[Persona, ...]:
    production, sandbox = identity.subscription("production"), identity.subscription("sandbox")
    elsewhere = (
        AzureRight(sandbox, READER),
        AzureRight(identity.subscription("legacy"), OWNER),
        AzureRight(identity.subscription("partner"), CONTRIBUTOR),
    )
    return (
        Persona(
            key="global-admin",
            name="Adele Vance",
            upn=_sign_in_name("Adele Vance", identity),
            oid=identity.guid("user-global-admin"),
            says="Global Administrator, Owner of the production subscription",
            direct_roles=(GLOBAL_ADMINISTRATOR,),
            azure=(AzureRight(production, OWNER), *elsewhere),
        ),
        Persona(
            key="backup-admin",
            name="Bruno Keller",
            upn=_sign_in_name("Bruno Keller", identity),
            oid=identity.guid("user-backup-admin"),
            says="Microsoft 365 Backup Administrator and Contributor, both through a group",
            group_roles=(BACKUP_ADMINISTRATOR,),
            role_group_id=backup.id,
            azure=(
                AzureRight(production, CONTRIBUTOR, group_id=backup.id),
                AzureRight(sandbox, READER),
            ),
        ),
        Persona(
            key="sharepoint-admin",
            name="Chiara Moretti",
            upn=_sign_in_name("Chiara Moretti", identity),
            oid=identity.guid("user-sharepoint-admin"),
            says="SharePoint and SharePoint Backup Administrator, Contributor on production",
            direct_roles=(SHAREPOINT_ADMINISTRATOR, SHAREPOINT_BACKUP_ADMINISTRATOR),
            azure=(AzureRight(production, CONTRIBUTOR), AzureRight(sandbox, READER)),
        ),
        Persona(
            key="exchange-admin",
            name="Dmitri Orlov",
            upn=_sign_in_name("Dmitri Orlov", identity),
            oid=identity.guid("user-exchange-admin"),
            says="Exchange Administrator, Reader on the production subscription",
            direct_roles=(EXCHANGE_ADMINISTRATOR,),
            azure=(AzureRight(production, READER),),
        ),
        Persona(
            key="pim-eligible",
            name="Elif Aydin",
            upn=_sign_in_name("Elif Aydin", identity),
            oid=identity.guid("user-pim-eligible"),
            says="Global Administrator and Owner in PIM, neither of them activated",
            eligible_roles=(GLOBAL_ADMINISTRATOR,),
            azure=(
                AzureRight(production, OWNER, eligible=True),
                AzureRight(production, READER),
            ),
        ),
        Persona(
            key="no-role",
            name="Femi Adeyemi",
            upn=_sign_in_name("Femi Adeyemi", identity),
            oid=identity.guid("user-no-role"),
            says="No directory role and no Azure rights",
        ),
        Persona(
            key="no-azure",
            name="Greta Lindqvist",
            upn=_sign_in_name("Greta Lindqvist", identity),
            oid=identity.guid("user-no-azure"),
            says="Global Administrator without any Azure subscription",
            direct_roles=(GLOBAL_ADMINISTRATOR,),
        ),
    )


PERSONA_KEYS = tuple(persona.key for persona in personas_of(NORTHWIND))
