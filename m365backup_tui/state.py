"""The State: one frozen value that holds everything a screen shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from m365backup_tui.domain.azure import Registration
from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.products import Product
from m365backup_tui.steps import StepId

if TYPE_CHECKING:  # not for the first frame: the dataclasses of these take 20 ms to make
    from m365backup_tui.domain.again import Again
    from m365backup_tui.domain.app_registration import AppSeen, OwnApp
    from m365backup_tui.domain.azure import Provider, ResourceGroup, Subscription
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
    from m365backup_tui.domain.units import Candidate, ProtectionUnit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remote(Generic[T]):
    """A value that lives elsewhere. `value` stays while it is read again; `error` says why the last read failed.

    `since`: when the running read began (None: nothing runs); `note`: what it is doing, in words; `at`: when `value`
    arrived.
    """

    value: T | None = None
    at: datetime | None = None
    since: datetime | None = None
    note: str = ""
    error: CloudError | None = None

    @property
    def busy(self) -> bool:
        return self.since is not None


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that people are sent to; data of the cloud profile."""

    billing_node: str = ""
    setup_node: str = ""
    turn_on: str = ""
    policies: str = ""
    create_subscription: str = ""
    pim: str = ""
    azure_pim: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Which cloud the wizard talks to. `label` is shown in reverse video when not empty (PRACTICE)."""

    key: str = "global"
    label: str = ""
    stand_in: bool = False  # somebody can play the person at the browser and the admin center
    links: Links = field(default_factory=Links)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the admin chose, step by step. Changing an earlier one drops what depended on it (see `answered`)."""

    subscription_id: str = ""
    group: str = ""
    group_location: str = ""
    new_group: bool = False
    region: str = ""
    node: Node = Node.BILLING
    terms_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An existing policy being looked at, with its units."""

    policy: Policy
    units: tuple[ProtectionUnit, ...] = ()
    left_out: int = 0  # how many more there were, when it was seen in an earlier sitting


@dataclass(frozen=True, slots=True)
class FoundUnits:
    """What the service's own search found for some words."""

    product: Product
    words: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """What words or a list named for one policy. `problems`: sentences; `moves`: what other policies hold and could be
    moved from there (its `.policy` says which), besides the problems; `notes`: what a name was taken for."""

    policy_id: str
    words: str
    removing: bool
    add: tuple[Candidate, ...] = ()
    remove: tuple[ProtectionUnit, ...] = ()
    problems: tuple[str, ...] = ()
    moves: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an earlier sitting saw is shown until it is read anew: whose it is, and when it was read (aware)."""

    account: Account
    at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """A read that waits before it asks again: why, and until when (aware UTC)."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class State:
    place: Place = field(default_factory=Place)
    at: StepId = StepId.WELCOME
    history: tuple[StepId, ...] = ()
    started: bool = False
    quick: bool = False  # came for a quick edit: permissions and policies only
    wanted: tuple[str, str] = ("", "")  # service and policy that the command line named
    wanted_shown: bool = False  # the page of that was opened, or why not was told
    seen: Seen | None = (
        None  # policies (and one opened) are those of an earlier sitting, read anew now
    )
    gone: str = ""  # why what was shown at first went away, in a sentence
    practising: tuple[Persona, ...] = ()  # who can be played at the browser
    pause: Pause | None = None  # the newest one; over when its time has passed
    known: Account | None = None  # the account of last time, before it is signed in again
    token_home: Remote[TokenHome] = field(default_factory=Remote)
    device_code: Remote[DeviceCode] = field(default_factory=Remote)
    browser: Remote[BrowserSignIn] = field(default_factory=Remote)  # waited for, as a code is
    pasted: Remote[bool] = field(default_factory=Remote)  # what was wrong with the newest paste
    accounts: Remote[tuple[Account, ...]] = field(default_factory=Remote)  # kept on this host
    homes: Remote[tuple[HomeOffer, ...]] = field(default_factory=Remote)
    azure_cli: Remote[CliSession] = field(default_factory=Remote)
    how: SignInSettings | None = None  # once the cloud is there
    settings_kept: Remote[bool] = field(default_factory=Remote)  # why a choice was not kept
    signed_in: SignedIn | None = None
    another: bool = False  # the sign-in under way is of another account; the one of now stays kept
    needs: CloudError | None = None  # what only a new sign-in can mend; it interrupted the job
    readiness: Remote[Readiness] = field(default_factory=Remote)
    groups: Remote[tuple[ResourceGroup, ...]] = field(default_factory=Remote)
    provider: Remote[Provider] = field(default_factory=Remote)
    prepared: Remote[Registration] = field(default_factory=Remote)
    billing: Remote[BillingSeen] = field(default_factory=Remote)
    policies: Remote[tuple[Policy, ...]] = field(default_factory=Remote)
    opened: Remote[Opened] = field(default_factory=Remote)
    onedrive: Remote[Catalog] = field(default_factory=Remote)
    sharepoint: Remote[Catalog] = field(default_factory=Remote)
    exchange: Remote[Catalog] = field(default_factory=Remote)
    checked: Remote[ListCheck] = field(default_factory=Remote)  # a pasted or loaded list, resolved
    problems_file: Remote[str] = field(default_factory=Remote)  # path of the rows that were no good
    plan: Remote[Plan] = field(default_factory=Remote)
    holder: Remote[str] = field(
        default_factory=Remote
    )  # who else is at work on the tenant; "" for nobody
    saved: Remote[str] = field(default_factory=Remote)  # path of the policy file written last
    coverage: Remote[Coverage] = field(default_factory=Remote)
    coverage_file: Remote[str] = field(default_factory=Remote)  # path of the list written last
    rules: Remote[PolicyRules] = field(default_factory=Remote)  # of the policy looked at last
    rule_groups: Remote[FoundGroups] = field(default_factory=Remote)
    group_sizes: Remote[GroupSizes] = field(default_factory=Remote)
    rule_preview: Remote[RulePreview] = field(default_factory=Remote)
    named: Remote[NamedUnits] = field(default_factory=Remote)  # what words or a list named
    found: Remote[FoundUnits] = field(default_factory=Remote)  # what the service's search finds
    again: Remote[Again] = field(
        default_factory=Remote
    )  # drafts made from a run, for a person to look at
    failed_file: Remote[str] = field(
        default_factory=Remote
    )  # where the failed units were written last
    rehearsal: Remote[Rehearsal] = field(default_factory=Remote)  # what can go wrong (practice)
    own_app: Remote[OwnApp] = field(default_factory=Remote)
    applications: Remote[tuple[AppSeen, ...]] = field(default_factory=Remote)  # of the tenant
    hand_off: Remote[HandOff] = field(default_factory=Remote)  # for who may consent
    consent: Remote[ConsentSeen] = field(default_factory=Remote)  # the newest "check again"
    run: Run | None = None
    unfinished: Run | None = None  # found on disk at the start
    answers: Answers = field(default_factory=Answers)
    drafts: tuple[Draft, ...] = ()

    def catalog(self, product: Product) -> Remote[Catalog]:
        return {
            Product.ONEDRIVE: self.onedrive,
            Product.SHAREPOINT: self.sharepoint,
            Product.EXCHANGE: self.exchange,
        }[product]

    @property
    def waking(self) -> bool:
        """What an earlier sitting saw is shown, and nobody is signed in yet to read it anew."""
        return self.seen is not None and self.signed_in is None

    @property
    def chosen_subscription(self) -> Subscription | None:
        report = self.readiness.value
        if report is None:
            return None
        wanted = self.answers.subscription_id
        return next((s for s in report.usable_subscriptions if s.id == wanted), None)

    @property
    def azure_ready(self) -> bool:
        """The group exists (not only in the answers) and the resource provider is registered."""
        provider = self.provider.value
        registered = provider is not None and provider.state is Registration.REGISTERED
        return registered and not self.answers.new_group and self.answers.group != ""

    @property
    def backup_on(self) -> bool:
        if self.billing.value is not None:
            return self.billing.value.done
        return self.readiness.value is not None and self.readiness.value.service.on

    @property
    def run_done(self) -> bool:
        return self.run is not None and self.run.finished

    @property
    def products(self) -> tuple[Product, ...]:
        return self.readiness.value.products if self.readiness.value else ()
