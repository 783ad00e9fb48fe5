"""How events change the State: `reduce(state, event)` is pure and total.

Any event in any order gives a state whose current step may be entered.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from m365backup_tui import steps
from m365backup_tui.events import (
    AccountKnown,
    AnotherWanted,
    Answered,
    Arrived,
    Back,
    Began,
    Broke,
    DraftDropped,
    DraftPut,
    Dropped,
    Ended,
    Event,
    Noted,
    Paused,
    PersonasKnown,
    Placed,
    Restored,
    RunMoved,
    SeenEnded,
    SettingsKnown,
    SignedInNow,
    SignedOut,
    SignInNeeded,
    Slot,
    Started,
    UnfinishedFound,
    WantedShown,
    Went,
)
from m365backup_tui.state import Answers, Remote, State
from m365backup_tui.steps import StepId

if TYPE_CHECKING:  # not for the first frame: the dataclasses of these take 20 ms to make
    from m365backup_tui.domain.plan import Draft


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
        case Dropped(slot) if state.seen and slot.name == "policies":
            return state  # what was seen last stays until the new ones have come, whatever the check found
        case Dropped(slot):
            return _with(state, {slot.name: Remote()})
        case Placed(place):
            return replace(state, place=place)
        case PersonasKnown(personas):
            return replace(state, practising=personas)
        case AccountKnown(account):
            # While something of an earlier sitting is shown, whose that is stays what a sign-in is compared with.
            return state if state.seen else replace(state, known=account)
        case SignedInNow(signed_in):
            same = state.known is None or signed_in.account.same_as(state.known)
            kept = (
                state if same else _gone(_forget_tenant(state), state, signed_in.account.username)
            )
            came = replace(
                kept,
                gone="" if same else kept.gone,
                signed_in=signed_in,
                known=signed_in.account,
                device_code=Remote(),
                browser=Remote(),
                pasted=Remote(),
                needs=None,
                another=False,
            )
            return _back(came) if state.needs is not None and same else came
        case SignInNeeded(error):
            return replace(_go(state, StepId.SIGN_IN), needs=error, another=False)
        case AnotherWanted():
            return replace(_go(state, StepId.SIGN_IN), another=True, needs=None)
        case SettingsKnown(settings):
            return replace(state, how=settings)
        case SignedOut():
            return _forget_tenant(state)
        case Started(quick):
            return replace(state, started=True, quick=quick)
        case WantedShown():
            return replace(state, wanted_shown=True)
        case SeenEnded(kept, why):
            return _seen_ended(state, kept, why)
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
            went = _go(state, to)
            return replace(went, gone="") if went.at is StepId.REVIEW else went
        case Back():
            return _back(state)
        case Restored(answers, drafts):
            stored: tuple[Draft, ...] = ()
            for draft in drafts:
                stored = _put(stored, draft, "")
            return replace(state, answers=answers, drafts=stored)


def _grounded(state: State) -> State:
    """Never at a step whose needs are not met: fall back to the latest one before it that can be entered."""
    if state.another and state.at is not StepId.SIGN_IN:  # that page was left
        state = replace(state, another=False)
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


def _forget_tenant(state: State) -> State:
    """Another person or nobody: keep only what belongs to this machine."""
    keep = {"place", "at", "started", "quick", "wanted", "practising", "token_home", "rehearsal"}
    keep |= {"how", "homes", "accounts", "settings_kept"}  # Azure CLI's is judged for one person
    blank = State()
    return _with(
        state, {f.name: getattr(blank, f.name) for f in fields(State) if f.name not in keep}
    )


def _seen_ended(state: State, kept: bool, why: str) -> State:
    """Read anew: what was read stays. Or not: all of it goes, and what the command line named is opened once more."""
    if state.seen is None:
        return state
    if kept:
        return replace(state, seen=None)
    gone = replace(state, policies=Remote(), opened=Remote(), rules=Remote())
    return replace(gone, seen=None, gone=why, wanted_shown=False)


def _gone(state: State, before: State, username: str) -> State:
    """What was shown of an earlier sitting was another account's: that it went away is said."""
    if before.seen is None:
        return state
    drafts = " What you had begun to change there was dropped." if before.drafts else ""
    was = before.seen.account.username
    return replace(
        state,
        gone=f"You are signed in as {username}: what {was} saw here was taken away.{drafts}",
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


_AFTER_POLICIES = (StepId.POLICIES, StepId.REVIEW, StepId.APPLY, StepId.DONE)


def _go(state: State, to: StepId) -> State:
    if to == state.at or steps.step(to).blocked(state):
        return state
    history = (*state.history, state.at)
    if (
        to is StepId.POLICIES
    ):  # also from a run: Esc there leads to what came before, not into the run
        history = tuple(h for h in history if h not in _AFTER_POLICIES)
    return replace(state, at=to, history=history)


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
