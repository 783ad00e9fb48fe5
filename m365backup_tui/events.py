"""Events: the only way in which the State changes. Small values, fit to be logged and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from m365backup_tui.domain.products import Product
from m365backup_tui.state import Answers, FoundUnits, NamedUnits, Opened, Pause, Place
from m365backup_tui.steps import StepId

if TYPE_CHECKING:  # not for the first frame: the dataclasses of these take 20 ms to make
    from m365backup_tui.domain.again import Again
    from m365backup_tui.domain.app_registration import AppSeen, OwnApp
    from m365backup_tui.domain.azure import Provider, Registration, ResourceGroup
    from m365backup_tui.domain.billing import BillingSeen
    from m365backup_tui.domain.catalog import Catalog
    from m365backup_tui.domain.consent import ConsentSeen, HandOff
    from m365backup_tui.domain.coverage import Coverage
    from m365backup_tui.domain.errors import CloudError
    from m365backup_tui.domain.lists import ListCheck
    from m365backup_tui.domain.plan import Draft, Plan
    from m365backup_tui.domain.policies import Policy
    from m365backup_tui.domain.readiness import Readiness
    from m365backup_tui.domain.rehearsal import Rehearsal
    from m365backup_tui.domain.rule_preview import GroupSizes, RulePreview
    from m365backup_tui.domain.rules import FoundGroups, PolicyRules
    from m365backup_tui.domain.run import Run
    from m365backup_tui.domain.session import (
        Account,
        BrowserSignIn,
        CliSession,
        DeviceCode,
        HomeOffer,
        Persona,
        SignedIn,
        TokenHome,
    )
    from m365backup_tui.domain.settings import SignInSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slot(Generic[T]):
    """Names a `Remote[T]` field of State, so that the life of a read is four events and not forty."""

    name: str


TOKEN_HOME: Slot[TokenHome] = Slot("token_home")
DEVICE_CODE: Slot[DeviceCode] = Slot("device_code")
BROWSER: Slot[BrowserSignIn] = Slot("browser")
PASTED: Slot[bool] = Slot("pasted")
ACCOUNTS: Slot[tuple[Account, ...]] = Slot("accounts")
HOMES: Slot[tuple[HomeOffer, ...]] = Slot("homes")
AZURE_CLI: Slot[CliSession] = Slot("azure_cli")
SETTINGS_KEPT: Slot[bool] = Slot("settings_kept")
READINESS: Slot[Readiness] = Slot("readiness")
GROUPS: Slot[tuple[ResourceGroup, ...]] = Slot("groups")
PROVIDER: Slot[Provider] = Slot("provider")
PREPARED: Slot[Registration] = Slot("prepared")
BILLING: Slot[BillingSeen] = Slot("billing")
POLICIES: Slot[tuple[Policy, ...]] = Slot("policies")
OPENED: Slot[Opened] = Slot("opened")
CATALOGS: dict[Product, Slot[Catalog]] = {p: Slot(str(p)) for p in Product}
PLAN: Slot[Plan] = Slot("plan")
HOLDER: Slot[str] = Slot("holder")
CHECKED: Slot[ListCheck] = Slot("checked")
PROBLEMS_FILE: Slot[str] = Slot("problems_file")
SAVED: Slot[str] = Slot("saved")
COVERAGE: Slot[Coverage] = Slot("coverage")
COVERAGE_FILE: Slot[str] = Slot("coverage_file")
RULES: Slot[PolicyRules] = Slot("rules")
RULE_GROUPS: Slot[FoundGroups] = Slot("rule_groups")
GROUP_SIZES: Slot[GroupSizes] = Slot("group_sizes")
RULE_PREVIEW: Slot[RulePreview] = Slot("rule_preview")
FOUND: Slot[FoundUnits] = Slot("found")
NAMED: Slot[NamedUnits] = Slot("named")
AGAIN: Slot[Again] = Slot("again")
FAILED_FILE: Slot[str] = Slot("failed_file")
REHEARSAL: Slot[Rehearsal] = Slot("rehearsal")
OWN_APP: Slot[OwnApp] = Slot("own_app")
APPLICATIONS: Slot[tuple[AppSeen, ...]] = Slot("applications")
HAND_OFF: Slot[HandOff] = Slot("hand_off")
CONSENT: Slot[ConsentSeen] = Slot("consent")


@dataclass(frozen=True, slots=True)
class Began:
    slot: Slot[Any]
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """The running read says what it is doing."""

    slot: Slot[Any]
    note: str


@dataclass(frozen=True, slots=True)
class Arrived(Generic[T]):
    """A value; with `more` the read goes on."""

    slot: Slot[T]
    value: T
    at: datetime
    more: bool = False


@dataclass(frozen=True, slots=True)
class Broke:
    slot: Slot[Any]
    error: CloudError


@dataclass(frozen=True, slots=True)
class Ended:
    """The read ended without a new value (it was cancelled, or what it waited for came another way)."""

    slot: Slot[Any]


@dataclass(frozen=True, slots=True)
class Paused:
    """A read waits before it is repeated."""

    pause: Pause


@dataclass(frozen=True, slots=True)
class Dropped:
    """Forget the value: it is no longer true or no longer wanted."""

    slot: Slot[Any]


@dataclass(frozen=True, slots=True)
class Placed:
    """The cloud profile is there."""

    place: Place


@dataclass(frozen=True, slots=True)
class PersonasKnown:
    personas: tuple[Persona, ...]


@dataclass(frozen=True, slots=True)
class AccountKnown:
    """Somebody signed in here before; not signed in yet."""

    account: Account | None


@dataclass(frozen=True, slots=True)
class SignedInNow:
    signed_in: SignedIn


@dataclass(frozen=True, slots=True)
class SignInNeeded:
    """The job cannot go on without a new sign-in (expired, more consent, fresh MFA)."""

    error: CloudError


@dataclass(frozen=True, slots=True)
class AnotherWanted:
    """Somebody wants to sign in with another account; the one of now stays until that has come."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    pass


@dataclass(frozen=True, slots=True)
class SettingsKnown:
    """How to sign in here, as the settings say by now."""

    settings: SignInSettings


@dataclass(frozen=True, slots=True)
class Started:
    """The welcome page was left by a decision."""

    quick: bool = False


@dataclass(frozen=True, slots=True)
class WantedShown:
    """What the command line named was opened, or it was told why not."""


@dataclass(frozen=True, slots=True)
class SeenEnded:
    """What an earlier sitting saw was read anew and stays, or not `kept`: it goes away, `why` is for the person."""

    kept: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    answers: Answers


@dataclass(frozen=True, slots=True)
class DraftPut:
    """A new or changed draft; `replaces` is the key it had before its name was changed."""

    draft: Draft
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class DraftDropped:
    key: str


@dataclass(frozen=True, slots=True)
class RunMoved:
    run: Run


@dataclass(frozen=True, slots=True)
class UnfinishedFound:
    run: Run | None


@dataclass(frozen=True, slots=True)
class Went:
    to: StepId


@dataclass(frozen=True, slots=True)
class Back:
    pass


@dataclass(frozen=True, slots=True)
class Restored:
    """What an earlier sitting left. The step it was at is only told: after sign-in and check the wizard leads
    past everything that is still complete, and so ends there by itself."""

    answers: Answers
    drafts: tuple[Draft, ...]
    at: StepId


Event = (
    Began
    | Noted
    | Arrived[Any]
    | Broke
    | Ended
    | Paused
    | Dropped
    | Placed
    | PersonasKnown
    | AccountKnown
    | SignedInNow
    | SignInNeeded
    | AnotherWanted
    | SignedOut
    | SettingsKnown
    | Started
    | WantedShown
    | SeenEnded
    | Answered
    | DraftPut
    | DraftDropped
    | RunMoved
    | UnfinishedFound
    | Went
    | Back
    | Restored
)
