"""The State: one frozen value that holds everything a screen shows, and how events change it.

`reduce(state, event)` is pure and total: any event in any order gives a state whose current step may be entered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from m365backup_tui import steps
from m365backup_tui.domain.azure import Registration
from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.products import Product
from m365backup_tui.steps import StepId

if TYPE_CHECKING:  # not for the first frame: the dataclasses of these take 20 ms to make
    from m365backup_tui.domain.azure import Provider, ResourceGroup, Subscription
    from m365backup_tui.domain.billing import BillingSeen
    from m365backup_tui.domain.errors import CloudError
    from m365backup_tui.domain.lists import ListCheck
    from m365backup_tui.domain.plan import Draft, Plan
    from m365backup_tui.domain.policies import Policy
    from m365backup_tui.domain.readiness import Readiness
    from m365backup_tui.domain.run import Run
    from m365backup_tui.domain.session import Account, DeviceCode, Persona, SignedIn, TokenHome
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


@dataclass(frozen=True, slots=True)
class Catalog:
    """What could be protected of one product. `complete` is False while pages are still arriving."""

    candidates: tuple[Candidate, ...] = ()
    complete: bool = False


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
    practising: tuple[Persona, ...] = ()  # who can be played at the browser
    left_at: StepId | None = None  # where an earlier sitting stopped
    pause: Pause | None = None  # the newest one; over when its time has passed
    known: Account | None = None  # the account of last time, before it is signed in again
    token_home: Remote[TokenHome] = field(default_factory=Remote)
    device_code: Remote[DeviceCode] = field(default_factory=Remote)
    signed_in: SignedIn | None = None
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
    saved: Remote[str] = field(default_factory=Remote)  # path of the policy file written last
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


# --- events -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot(Generic[T]):
    """Names a `Remote[T]` field of State, so that the life of a read is four events and not forty."""

    name: str


TOKEN_HOME: Slot[TokenHome] = Slot("token_home")
DEVICE_CODE: Slot[DeviceCode] = Slot("device_code")
READINESS: Slot[Readiness] = Slot("readiness")
GROUPS: Slot[tuple[ResourceGroup, ...]] = Slot("groups")
PROVIDER: Slot[Provider] = Slot("provider")
PREPARED: Slot[Registration] = Slot("prepared")
BILLING: Slot[BillingSeen] = Slot("billing")
POLICIES: Slot[tuple[Policy, ...]] = Slot("policies")
OPENED: Slot[Opened] = Slot("opened")
CATALOGS: dict[Product, Slot[Catalog]] = {p: Slot(str(p)) for p in Product}
PLAN: Slot[Plan] = Slot("plan")
CHECKED: Slot[ListCheck] = Slot("checked")
PROBLEMS_FILE: Slot[str] = Slot("problems_file")
SAVED: Slot[str] = Slot("saved")


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
class SignedOut:
    pass


@dataclass(frozen=True, slots=True)
class Started:
    """The welcome page was left by a decision."""

    quick: bool = False


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
    | SignedOut
    | Started
    | Answered
    | DraftPut
    | DraftDropped
    | RunMoved
    | UnfinishedFound
    | Went
    | Back
    | Restored
)


def reduce(state: State, event: Event) -> State:
    """The state after the event. Whatever the event, the step it stands at may be entered."""
    return _grounded(_reduce(state, event))


def _reduce(state: State, event: Event) -> State:
    match event:
        case Began(slot, at, note):
            return _slot(state, slot, since=at, note=note, error=None)
        case Noted(slot, note):
            return _slot(state, slot, note=note) if _remote(state, slot).busy else state
        case Arrived(slot, value, at, more):
            state = _slot(state, slot, value=value, at=at, error=None)
            return state if more else _slot(state, slot, since=None, note="")
        case Broke(slot, error):
            return _slot(state, slot, error=error, since=None, note="")
        case Ended(slot):
            return _slot(state, slot, since=None, note="")
        case Paused(pause):
            return replace(state, pause=pause)
        case Dropped(slot):
            return _with(state, {slot.name: Remote()})
        case Placed(place):
            return replace(state, place=place)
        case PersonasKnown(personas):
            return replace(state, practising=personas)
        case AccountKnown(account):
            return replace(state, known=account)
        case SignedInNow(signed_in):
            same = state.known is None or _same_person(state.known, signed_in.account)
            kept = state if same else _forget_tenant(state)
            came = replace(
                kept,
                signed_in=signed_in,
                known=signed_in.account,
                device_code=Remote(),
                needs=None,
            )
            return _back(came) if state.needs is not None and same else came
        case SignInNeeded(error):
            return replace(_go(state, StepId.SIGN_IN), needs=error)
        case SignedOut():
            return _forget_tenant(state)
        case Started(quick):
            return replace(state, started=True, quick=quick)
        case Answered(answers):
            return replace(state, answers=_consistent(state.answers, answers))
        case DraftPut(draft, replaces):
            return replace(state, drafts=_put(state.drafts, draft, replaces), plan=Remote())
        case DraftDropped(key):
            rest = tuple(d for d in state.drafts if d.key != key)
            return replace(state, drafts=rest, plan=Remote())
        case RunMoved(run):
            over = run.finished
            # What was asked for is in the tenant now: the drafts and the plan behind it have done their work.
            kept = replace(state, drafts=(), plan=Remote()) if over else state
            return replace(kept, run=run, unfinished=None if over else state.unfinished)
        case UnfinishedFound(run):
            return replace(state, unfinished=run)
        case Went(to):
            return _go(state, to)
        case Back():
            return _back(state)
        case Restored(answers, drafts, at):
            stored: tuple[Draft, ...] = ()
            for draft in drafts:
                stored = _put(stored, draft, "")
            return replace(state, answers=answers, drafts=stored, left_at=at)


def _grounded(state: State) -> State:
    """Never at a step whose needs are not met: fall back to the latest one before it that can be entered."""
    if not steps.step(state.at).blocked(state):
        return state
    return replace(state, at=steps.reachable(state, state.at))


def _remote(state: State, slot: Slot[Any]) -> Remote[Any]:
    remote = getattr(state, slot.name)
    assert isinstance(remote, Remote)  # noqa: S101 - a slot names a Remote field, see below
    return remote


def _slot(state: State, slot: Slot[Any], **changes: Any) -> State:
    return _with(state, {slot.name: replace(_remote(state, slot), **changes)})


def _with(state: State, changes: dict[str, Any]) -> State:
    return replace(state, **changes)


def _same_person(a: Account, b: Account) -> bool:
    return (a.tenant_id, a.object_id) == (b.tenant_id, b.object_id)


def _forget_tenant(state: State) -> State:
    """Another person or nobody: keep only what belongs to this machine."""
    keep = {"place", "at", "started", "quick", "practising", "token_home"}
    blank = State()
    return _with(
        state, {f.name: getattr(blank, f.name) for f in fields(State) if f.name not in keep}
    )


def _consistent(old: Answers, new: Answers) -> Answers:
    """Drop what rested on an answer that has changed."""
    if new.subscription_id != old.subscription_id and new.group == old.group:
        new = replace(new, group="", group_location="", new_group=False)
    if new.group != old.group and new.region == old.region:
        new = replace(new, region="")
    basis_old = (old.subscription_id, old.group, old.region)
    if (new.subscription_id, new.group, new.region) != basis_old and new.terms_at == old.terms_at:
        new = replace(new, terms_at=None)
    return new


def _put(drafts: tuple[Draft, ...], draft: Draft, replaces: str) -> tuple[Draft, ...]:
    gone = {replaces or draft.key, draft.key}
    kept: list[Draft] = []
    placed = False
    for old in drafts:
        if old.key not in gone:
            kept.append(old)
        elif not placed:
            kept.append(draft)
            placed = True
    if not placed:
        kept.append(draft)
    return tuple(d for d in kept if d.new or not d.empty)


def _go(state: State, to: StepId) -> State:
    if to == state.at or steps.step(to).blocked(state):
        return state
    return replace(state, at=to, history=(*state.history, state.at))


def _back(state: State) -> State:
    """The step before this one in the order visited; steps that cannot be entered any more are passed over."""
    history = state.history
    while history:
        *rest, last = history
        history = tuple(rest)
        if last != state.at and not steps.step(last).blocked(state):
            return replace(state, at=last, history=history)
    earlier = [
        s.id
        for s in steps.STEPS[: [s.id for s in steps.STEPS].index(state.at)]
        if not s.blocked(state)
    ]
    return replace(state, at=earlier[-1], history=()) if earlier else state
