"""States by hand, from the welcome page to Turn on: what a screen may have to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from m365backup_tui.domain.azure import (
    BillingKind,
    BillingResource,
    PermissionEntry,
    Provider,
    Region,
    Registration,
    ResourceGroup,
    Subscription,
    SubscriptionState,
)
from m365backup_tui.domain.billing import BillingSeen
from m365backup_tui.domain.errors import StepUpNeeded
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.domain.roles import BACKUP_ROLES, HeldRole, How
from m365backup_tui.domain.run import Run
from m365backup_tui.domain.service import BackupService, Consumer, Probe
from m365backup_tui.domain.session import (
    Account,
    BrowserSignIn,
    DeviceCode,
    HomeOffer,
    KeptIn,
    Persona,
    SignedIn,
    TokenHome,
    Way,
)
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.events import Dropped, Placed, Slot, UnfinishedFound
from m365backup_tui.state import Answers, Links, Place, Remote, State
from m365backup_tui.steps import StepId
from tests.screens.harness import NOW

TENANT = "11111111-1111-1111-1111-111111111111"
LINKS = Links(
    billing_node="https://admin.microsoft.com/#/PaygPlatform",
    setup_node="https://admin.microsoft.com/#/orgsettings/payasyougo",
    turn_on="https://admin.microsoft.com/#/orgsettings/payasyougo/storage",
    policies="https://admin.microsoft.com/#/Settings/enhancedRestore",
    create_subscription="https://portal.azure.com/#blade/Microsoft_Azure_Billing/SubscriptionsBlade",
    pim="https://entra.microsoft.com/",
    azure_pim="https://portal.azure.com/",
)
PLACE = Place(links=LINKS)
PRACTICE = Place("practice", "PRACTICE", stand_in=True, links=LINKS)
PERSONAS = (
    Persona(
        "global-admin",
        "Adele Vance",
        "adele.vance@contoso.example",
        ("Global Administrator", "Owner of the production subscription"),
    ),
    Persona(
        "sp-admin", "Alex Wilber", "alex.wilber@contoso.example", ("SharePoint Administrator",)
    ),
)
HOME = TokenHome(KeptIn.MEMORY, "This host has no keyring, so the sign-in is kept in memory only.")
ACCOUNT = Account(TENANT, "22", "adele.vance@contoso.com", "Adele Vance", "Contoso")
SIGNED_IN = SignedIn(ACCOUNT, HOME, NOW - timedelta(minutes=2))
CODE = DeviceCode(
    "GH7KQ2MXA",
    "https://login.microsoft.com/device",
    NOW + timedelta(minutes=14, seconds=32),
    5,
    "",
)
URL = (
    "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?"
    f"client_id=14d82eec-204b-4c2f-b7e8-296a70dab67e&state={'s' * 500}"
)
BROWSER = BrowserSignIn(URL, 8400, "", NOW + timedelta(minutes=14, seconds=32))
OFFERS = (
    HomeOffer(KeptIn.MEMORY),
    HomeOffer(KeptIn.LOGOUT),
    HomeOffer(KeptIn.PASSPHRASE),
    HomeOffer(KeptIn.KEYRING, "There is no session bus here, so no keyring can be asked."),
)
MEGAN = Account("t-2", "33", "megan@fabrikam.com", "Megan Bowen", "Fabrikam")

_ROLES = {role.name: role.template_id for role in BACKUP_ROLES}
ALL = (PermissionEntry(("*",)),)
PRODUCTION = Subscription(
    "s-1", "Contoso Production", TENANT, SubscriptionState.ENABLED, ALL, access="Owner"
)
SANDBOX = Subscription(
    "s-2",
    "Contoso Sandbox",
    TENANT,
    SubscriptionState.ENABLED,
    (PermissionEntry(("*/read",)),),
    access="Reader",
)
LEGACY = Subscription(
    "s-3", "Contoso Legacy", TENANT, SubscriptionState.DISABLED, ALL, access="Owner"
)
OFF = BackupService(Probe.OFF)
ON = BackupService(Probe.ANSWERS, "", Consumer.UNKNOWN)


def held(name: str, how: How = How.DIRECT) -> HeldRole:
    return HeldRole(_ROLES[name], name, how)


def report(
    *roles: HeldRole,
    subscriptions: tuple[Subscription, ...] = (PRODUCTION, SANDBOX, LEGACY),
    service: BackupService = OFF,
    notes: tuple[str, ...] = (),
) -> Readiness:
    roles = roles or (held("Global Administrator"),)
    return Readiness(TENANT, roles, subscriptions, service, NOW, notes=notes)


def welcome(**changes: Any) -> State:
    return replace(State(place=PLACE), **changes)


def signing_in(**changes: Any) -> State:
    state = State(
        place=PLACE,
        at=StepId.SIGN_IN,
        started=True,
        token_home=Remote(HOME, NOW),
        device_code=Remote(CODE, NOW, NOW),
        how=SignInSettings(),
        practising=PERSONAS,
    )
    return replace(state, **changes)


def by_browser(**changes: Any) -> State:
    how = SignInSettings(way=Way.BROWSER)
    return signing_in(
        **{"device_code": Remote(), "browser": Remote(BROWSER, NOW, NOW), "how": how, **changes}
    )


def signed_in(**changes: Any) -> State:
    return signing_in(signed_in=SIGNED_IN, known=ACCOUNT, device_code=Remote(), **changes)


def permissions(found: Readiness | None = None, /, **changes: Any) -> State:
    shown: Remote[Readiness] = Remote(found, NOW) if found else Remote()
    return signed_in(**{"at": StepId.PERMISSIONS, "readiness": shown, **changes})


def subscription(found: Readiness | None = None, /, **changes: Any) -> State:
    return permissions(found or report(), **{"at": StepId.SUBSCRIPTION, **changes})


GROUPS = (ResourceGroup("rg-web", "westeurope"), ResourceGroup("Backup-Billing", "northeurope"))
PROVIDER = Provider(
    Registration.NOT_REGISTERED,
    tuple(
        Region(name.lower().replace(" ", ""), name)
        for name in ("West Europe", "North Europe", "East US", "UK South", "Japan East")
    ),
)
REGISTERED = replace(PROVIDER, state=Registration.REGISTERED)


def group(**changes: Any) -> State:
    answers = Answers(subscription_id="s-1")
    given: dict[str, Any] = {
        "at": StepId.GROUP,
        "answers": answers,
        "groups": Remote(GROUPS, NOW),
        "provider": Remote(PROVIDER, NOW),
    }
    return subscription(**{**given, **changes})


def region(**changes: Any) -> State:
    answers = Answers(subscription_id="s-1", group="rg-m365backup", new_group=True)
    return group(**{"at": StepId.REGION, "answers": answers, **changes})


ANSWERED = Answers(
    subscription_id="s-1",
    group="rg-m365backup",
    group_location="westeurope",
    new_group=True,
    region="westeurope",
)


def prepare(**changes: Any) -> State:
    return region(**{"at": StepId.PREPARE, "answers": ANSWERED, **changes})


def turn_on(*, accepted: bool = False, **changes: Any) -> State:
    terms = NOW - timedelta(minutes=1) if accepted else None
    answers = replace(ANSWERED, new_group=False, terms_at=terms)
    given: dict[str, Any] = {
        "at": StepId.TURN_ON,
        "answers": answers,
        "provider": Remote(REGISTERED, NOW),
    }
    return prepare(**{**given, **changes})


LINKED = BillingResource(
    BillingKind.ACCOUNT, "policy", "s-1", "rg-m365backup", "westeurope", "Succeeded", True
)
NOT_YET = BillingSeen(NOW, Registration.REGISTERED, (), OFF)
ALMOST = BillingSeen(NOW, Registration.REGISTERED, (LINKED,), OFF)
DONE = BillingSeen(NOW, Registration.REGISTERED, (LINKED,), ON)


def placed_practice() -> Placed:
    return Placed(PRACTICE)


def found(run: Run) -> UnfinishedFound:
    return UnfinishedFound(run)


def dropped(slot: Slot[Any]) -> Dropped:
    return Dropped(slot)


STEP_UP = StepUpNeeded("Azure asks for a fresh sign-in with a second factor.", "claims")

UNFINISHED = Run("20261121-093000-ab12", Plan(TENANT, "Contoso", NOW), NOW)
