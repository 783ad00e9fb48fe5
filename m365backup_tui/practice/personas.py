"""The people of the practice tenant who can sign in, with their directory and Azure rights.

Each persona stands for one answer of the permission check. All ids are made from fixed words, so
that they are the same in every run. Role template ids: reference/graph.md §11.1; Azure role
definition ids: reference/azure.md §3.
"""

from dataclasses import dataclass

from m365backup_tui.practice.company.model import DOMAIN, stable_guid

OTHER_TENANT_ID = stable_guid("tenant-fabrikam")

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

SUB_PRODUCTION = stable_guid("subscription-production")
SUB_SANDBOX = stable_guid("subscription-sandbox")
SUB_LEGACY = stable_guid("subscription-legacy")
SUB_FABRIKAM = stable_guid("subscription-fabrikam")


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


BACKUP_GROUP_ID = stable_guid("group-backup-operators")

PERSONA_GROUPS = (PersonaGroup(BACKUP_GROUP_ID, "Backup Operators", True, ("backup-admin",)),)


def _sign_in_name(name: str) -> str:
    first, last = name.lower().split()
    return f"{first}.{last}@{DOMAIN}"


_ADMIN_AZURE = (
    AzureRight(SUB_SANDBOX, READER),
    AzureRight(SUB_LEGACY, OWNER),
    AzureRight(SUB_FABRIKAM, CONTRIBUTOR),
)

PERSONAS: tuple[Persona, ...] = (
    Persona(
        key="global-admin",
        name="Adele Vance",
        upn=_sign_in_name("Adele Vance"),
        oid=stable_guid("user-global-admin"),
        says="Global Administrator, Owner of the production subscription",
        direct_roles=(GLOBAL_ADMINISTRATOR,),
        azure=(AzureRight(SUB_PRODUCTION, OWNER), *_ADMIN_AZURE),
    ),
    Persona(
        key="backup-admin",
        name="Bruno Keller",
        upn=_sign_in_name("Bruno Keller"),
        oid=stable_guid("user-backup-admin"),
        says="Microsoft 365 Backup Administrator and Contributor, both through a group",
        group_roles=(BACKUP_ADMINISTRATOR,),
        role_group_id=BACKUP_GROUP_ID,
        azure=(
            AzureRight(SUB_PRODUCTION, CONTRIBUTOR, group_id=BACKUP_GROUP_ID),
            AzureRight(SUB_SANDBOX, READER),
        ),
    ),
    Persona(
        key="sharepoint-admin",
        name="Chiara Moretti",
        upn=_sign_in_name("Chiara Moretti"),
        oid=stable_guid("user-sharepoint-admin"),
        says="SharePoint and SharePoint Backup Administrator, Contributor on production",
        direct_roles=(SHAREPOINT_ADMINISTRATOR, SHAREPOINT_BACKUP_ADMINISTRATOR),
        azure=(AzureRight(SUB_PRODUCTION, CONTRIBUTOR), AzureRight(SUB_SANDBOX, READER)),
    ),
    Persona(
        key="exchange-admin",
        name="Dmitri Orlov",
        upn=_sign_in_name("Dmitri Orlov"),
        oid=stable_guid("user-exchange-admin"),
        says="Exchange Administrator, Reader on the production subscription",
        direct_roles=(EXCHANGE_ADMINISTRATOR,),
        azure=(AzureRight(SUB_PRODUCTION, READER),),
    ),
    Persona(
        key="pim-eligible",
        name="Elif Aydin",
        upn=_sign_in_name("Elif Aydin"),
        oid=stable_guid("user-pim-eligible"),
        says="Global Administrator and Owner in PIM, neither of them activated",
        eligible_roles=(GLOBAL_ADMINISTRATOR,),
        azure=(
            AzureRight(SUB_PRODUCTION, OWNER, eligible=True),
            AzureRight(SUB_PRODUCTION, READER),
        ),
    ),
    Persona(
        key="no-role",
        name="Femi Adeyemi",
        upn=_sign_in_name("Femi Adeyemi"),
        oid=stable_guid("user-no-role"),
        says="No directory role and no Azure rights",
    ),
    Persona(
        key="no-azure",
        name="Greta Lindqvist",
        upn=_sign_in_name("Greta Lindqvist"),
        oid=stable_guid("user-no-azure"),
        says="Global Administrator without any Azure subscription",
        direct_roles=(GLOBAL_ADMINISTRATOR,),
    ),
)

DEFAULT_PERSONA_KEY = "global-admin"


def persona_by_key(key: str) -> Persona | None:
    """The persona with this key, or None."""
    return next((persona for persona in PERSONAS if persona.key == key), None)


def persona_by_oid(oid: str) -> Persona | None:
    """The persona with this object id, or None."""
    return next((persona for persona in PERSONAS if persona.oid == oid), None)
