"""Runs by hand at tenant scale: long ones, jobs that the service works on, plans that the tenant has outgrown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from m365backup_tui.domain.again import Again
from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.notifications import (
    NotificationChange,
    Notifications,
    RecipientRole,
)
from m365backup_tui.domain.plan import Act, Draft, Plan, Power
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.units import Candidate
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.states import TENANT

NO_MAILBOX = "No mailbox or account has this address. Check how it is written."
SALES = Policy(Product.EXCHANGE, "p-7", "Sales", PolicyStatus.ACTIVE, Counts(800, 800))
WAVES = tuple(
    Policy(Product.EXCHANGE, f"p-w{n}", f"Wave {n}", PolicyStatus.ACTIVE, Counts(400, 400))
    for n in range(1, 8)
)
EVERY = (*s.POLICIES, SALES, *WAVES)


def mailboxes(count: int, skip: int = 0, policy: str = "") -> tuple[Candidate, ...]:
    units = s.many(count + skip)[skip:]
    return tuple(replace(s.mailbox(unit), policy=policy) for unit in units)


def big_plan() -> Plan:
    """Seven waves that grow by the same number, a policy that gives units away, one that goes, one with a rule."""
    moving = mailboxes(40, 4_000, policy="Sales")
    held = {u.key.lower(): Holding(Product.EXCHANGE, u.key.lower(), "p-7", "u") for u in moving}
    drafts = [
        Draft(w.product, w.name, w.id, w.name, mailboxes(450, 450 * n)) for n, w in enumerate(WAVES)
    ]
    drafts[0] = replace(drafts[0], add=(*drafts[0].add, *moving))
    drafts.append(Draft(Product.ONEDRIVE, "Everyone", "p-1", "Everyone", power=Power.DELETE))
    return make_plan(
        drafts,
        EVERY,
        tenant_id=TENANT,
        tenant_name="Contoso",
        made_at=NOW,
        held={Product.EXCHANGE: held},
    )


def long_run(requests: int, failed: int = 0) -> Run:
    """`requests` PATCHes of 50 to one policy, `failed` units of each refused, the last one on its way."""
    draft = replace(s.CHANGED, remove=(), add=s.many(requests * 50))
    plan = s.plan_of(draft)
    first = replace(plan.writes[0], act=Act.CHANGE, job="")
    every = [unit for write in plan.writes for unit in write.units]
    writes = []
    for n in range(requests):
        units = tuple(every[n * 50 : n * 50 + 50])
        write = replace(first, id=f"add:onedrive:p-1:{n + 1}", units=units)
        items = tuple(
            FailedItem(u.key, u.name, u.address, "EmailNotFound", NO_MAILBOX)
            for u in units[:failed]
        )
        outcome = Outcome.PARTLY if items else Outcome.DONE
        writes.append(WriteState(write, outcome, items, policy_id="p-1"))
    writes[-1] = replace(writes[-1], outcome=Outcome.SENDING, failed=())
    run = replace(s.WRITING, plan=replace(plan, writes=tuple(w.write for w in writes)))
    return replace(run, writes=tuple(writes))


def job_run() -> Run:
    """A bulk addition job of 5,000 that the service works on, begun three days ago."""
    draft = Draft(Product.EXCHANGE, "Sales", "p-7", "Sales", mailboxes(5_000))
    plan = make_plan([draft], EVERY, tenant_id=TENANT, tenant_name="Contoso", made_at=NOW)
    state = WriteState(plan.writes[0], Outcome.ACCEPTED, policy_id="p-7", handle="j-1")
    counts = Counts(total=2_300, protected=1_900, in_progress=400)
    return Run(
        "20261118-104100-ab12",
        plan,
        NOW - timedelta(days=3),
        RunPhase.WRITING,
        (state,),
        watched=(replace(SALES, counts=counts, status=PolicyStatus.UPDATING),),
        note="The service is working on 1 job with 5,000 units. No page says how long that takes.",
        record="/home/ada/.local/state/m365backup-tui/runs/20261118-104100-ab12.jsonl",
    )


def partly() -> Run:
    """A long run at its end, with units that were refused."""
    run = long_run(60, 1)
    last = replace(run.writes[-1], outcome=Outcome.DONE)
    counts = Counts(3_000, 2_990, failed=10)
    return replace(
        run,
        phase=RunPhase.PARTLY,
        writes=(*run.writes[:-1], last),
        watched=(replace(s.EVERYONE, status=PolicyStatus.ACTIVE_WITH_ERRORS, counts=counts),),
        ended=NOW,
    )


def notified() -> Plan:
    """A new policy, and the e-mail notifications of the tenant."""
    now = Notifications(True, False, RecipientRole.ALL_ADMINS)
    people = tuple(f"{name}@contoso.com" for name in ("ops", "desk", "adele", "backup-team"))
    wanted = Notifications(True, True, RecipientRole.CUSTOM, people)
    return make_plan(
        [s.FRESH],
        s.POLICIES,
        tenant_id=TENANT,
        tenant_name="Contoso",
        made_at=NOW,
        notifications=NotificationChange(now, wanted),
    )


def notified_run(outcome: Outcome, note: str = "") -> Run:
    """The policy is made; the notifications stand as told."""
    plan = notified()
    *others, last = plan.writes
    writes = [WriteState(w, Outcome.DONE, policy_id="p-9") for w in others]
    counts = Counts(3, 3)
    over = outcome is not Outcome.SENDING
    done = RunPhase.DONE if outcome is Outcome.DONE else RunPhase.PARTLY
    return replace(
        s.WRITING,
        plan=plan,
        phase=done if over else RunPhase.WRITING,
        writes=(*writes, WriteState(last, outcome, note=note)),
        watched=(Policy(Product.ONEDRIVE, "p-9", "OneDrive", PolicyStatus.ACTIVE, counts),),
        ended=NOW if over else None,
    )


MOVED_ON = replace(
    s.FAILED,
    note="Nothing was written: the tenant has changed since this plan was made.\n"
    "OneDrive policy “Everyone” held 50 accounts and holds 51 now.\n"
    "Adele Vance is protected by “Everyone” now.\n"
    "OneDrive policy “Marketing” is new.\n"
    "Make the plan again.",
)
UNDO = Again(
    "20261121-104100-ab12",
    True,
    (replace(s.CHANGED, add=(), power=Power.PAUSE),),
    (
        "move 40 mailboxes back to Exchange “Sales”",
        "pause and delete Exchange “Wave 8”",
        "call OneDrive “Everyone” “All” again",
    ),
    (
        "Held by a rule of “Everyone” now, so left in it: two@contoso.com.",
        "An ended rule does not come back: in OneDrive policy “Everyone”, G makes a new one for members of Finance, "
        "kept in step.",
        "The time without new backups stays: there are no restore points of it.",
        "Backups that were made meanwhile stay, and stay charged until they expire.",
    ),
)
