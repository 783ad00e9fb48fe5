"""States by hand, from the policies page to Done: what a screen may have to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from m365backup_tui.domain.catalog import Catalog
from m365backup_tui.domain.errors import Rejected, Unreachable
from m365backup_tui.domain.lists import ListCheck, RowProblem
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.plan_making import make_plan
from m365backup_tui.domain.policies import Counts, Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import FailedItem, Outcome, Run, RunPhase, WriteState
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus
from m365backup_tui.state import Opened, Remote, State
from m365backup_tui.steps import StepId
from tests.screens.harness import NOW
from tests.screens.states import ON, TENANT, held, permissions, report

GB = 1_000_000_000

EVERYONE = Policy(
    Product.ONEDRIVE,
    "p-1",
    "Everyone",
    PolicyStatus.ACTIVE,
    Counts(total=50, protected=48, failed=2),
)
PROJECTS = Policy(Product.SHAREPOINT, "p-2", "Projects", PolicyStatus.INACTIVE, Counts(4, 4))
UPDATING = replace(PROJECTS, status=PolicyStatus.UPDATING)
POLICIES = (EVERYONE, PROJECTS)


def account(number: int, name: str, size: float | None = 1.5, **changes: object) -> Candidate:
    unit = Candidate(
        Product.ONEDRIVE,
        f"key-{number}",
        name,
        f"{name.lower().replace(' ', '.')}@contoso.com",
        None if size is None else int(size * GB),
        date(2026, 11, 19),
    )
    return replace(unit, **changes)  # type: ignore[arg-type]  # a field of Candidate each


ADELE, ALEX, DIEGO = (
    account(1, "Adele Vance", 41.2),
    account(2, "Alex Wilber"),
    account(3, "Diego Siciliani"),
)
NESTOR = account(4, "Nestor Wilke", None)
MEGAN = account(5, "Megan Bowen", 12.0, policy="Everyone")
GUEST = account(6, "Guest Person", 0.1, unsupported="Guests have no OneDrive of their own.")
JIRO = account(7, "田中 二郎", 3.3, address="jiro.tanaka@contoso.com")
ACCOUNTS = (ADELE, ALEX, DIEGO, NESTOR, MEGAN, GUEST, JIRO)


def mailbox(unit: Candidate) -> Candidate:
    return replace(unit, product=Product.EXCHANGE, kind="user mailbox")


UNITS = tuple(
    ProtectionUnit(Product.ONEDRIVE, f"u-{n}", f"k-{n}", name, address, status, code, why, rule)
    for n, (name, address, status, code, why, rule) in enumerate(
        (
            ("Megan Bowen", "megan.bowen@contoso.com", UnitStatus.PROTECTED, "", "", False),
            ("Lee Gu", "lee.gu@contoso.com", UnitStatus.PROTECT_REQUESTED, "", "", False),
            (
                "Isaiah Langer",
                "isaiah@contoso.com",
                UnitStatus.UNPROTECTED,
                "x",
                "no licence",
                False,
            ),
            ("Pradeep Gupta", "pradeep@contoso.com", UnitStatus.PROTECTED, "", "", True),
        )
    )
)

FRESH = Draft(Product.ONEDRIVE, "OneDrive", add=(ADELE, ALEX, NESTOR), power=Power.ACTIVATE)
LEADERS = Draft(Product.EXCHANGE, "Leadership", add=(mailbox(ADELE),), power=Power.ACTIVATE)
CHANGED = Draft(Product.ONEDRIVE, "Everyone", "p-1", "Everyone", add=(DIEGO,), remove=(UNITS[0],))


def policies(**changes: object) -> State:
    given: dict[str, object] = {"at": StepId.POLICIES, "policies": Remote((), NOW)}
    return permissions(report(service=ON), **{**given, **changes})


def only_sharepoint(**changes: object) -> State:
    readiness = report(held("SharePoint Administrator"), service=ON)
    given: dict[str, object] = {"at": StepId.POLICIES, "policies": Remote(POLICIES, NOW)}
    return permissions(readiness, **{**given, **changes})


def catalog(units: tuple[Candidate, ...] = ACCOUNTS, *, complete: bool = True) -> Remote[Catalog]:
    if complete:
        return Remote(Catalog.of(units), NOW)
    note = f"{len(units):,} accounts so far"
    return Remote(
        Catalog.of(units, complete=False), NOW, since=NOW - timedelta(seconds=8), note=note
    )


def many(count: int) -> tuple[Candidate, ...]:
    return tuple(account(n, f"Person {n:06} Of Contoso", n % 50) for n in range(count))


def detail(**changes: object) -> State:
    opened = Remote(Opened(EVERYONE, UNITS), NOW)
    given: dict[str, object] = {"policies": Remote(POLICIES, NOW), "opened": opened}
    return policies(**{**given, **changes})


CHECKED = ListCheck(
    Product.ONEDRIVE,
    "people.csv",
    4,
    (ADELE, DIEGO),
    (
        RowProblem(3, "User", "nobody@contoso.com", "Nobody has this address: correct it."),
        RowProblem(4, "User", "=cmd()", "This is not an address."),
    ),
)
NONE_GOOD = replace(CHECKED, good=(), rows=2)


def plan_of(*drafts: Draft) -> Plan:
    return make_plan(drafts, POLICIES, tenant_id=TENANT, tenant_name="Contoso", made_at=NOW)


def review(*drafts: Draft, **changes: object) -> State:
    drafts = drafts or (FRESH, LEADERS)
    given: dict[str, object] = {
        "at": StepId.REVIEW,
        "drafts": drafts,
        "policies": Remote(POLICIES, NOW),
        "plan": Remote(plan_of(*drafts), NOW),
    }
    return policies(**{**given, **changes})


REFUSED_PLAN: Remote[Plan] = Remote(
    error=Rejected(
        "Adele Vance is protected by “Everyone” already: remove it there first.", "x", "r-1"
    )
)
OFFLINE: Remote[tuple[Policy, ...]] = Remote(
    error=Unreachable("No connection to Microsoft Graph.", request_id="")
)

NEW_POLICY = Policy(
    Product.ONEDRIVE, "p-9", "OneDrive", PolicyStatus.UPDATING, Counts(3, 1, in_progress=2)
)
RESTING = replace(NEW_POLICY, status=PolicyStatus.ACTIVE, counts=Counts(3, 3))
LOST = FailedItem("key-4", "Nestor Wilke", "nestor.wilke@contoso.com", "x", "has no OneDrive yet")


def run_at(phase: RunPhase, *outcomes: Outcome, **changes: object) -> Run:
    """A run of one new policy: `outcomes` for its two writes, create and activate."""
    plan = plan_of(FRESH)
    given = (*outcomes, Outcome.WAITING, Outcome.WAITING)
    run = Run(
        "20261121-104100-ab12",
        plan,
        NOW - timedelta(minutes=1, seconds=20),
        phase,
        tuple(WriteState(w, o) for w, o in zip(plan.writes, given, strict=False)),
        record="/home/ada/.local/state/m365backup-tui/runs/20261121-104100-ab12.jsonl",
    )
    return replace(run, **changes)  # type: ignore[arg-type]  # a field of Run each


def applying(run: Run, **changes: object) -> State:
    given: dict[str, object] = {"at": StepId.APPLY, "run": run, "drafts": (FRESH,)}
    return policies(**{**given, **changes})


WRITING = run_at(RunPhase.WRITING, Outcome.DONE, Outcome.SENDING)
WATCHING = run_at(RunPhase.WATCHING, Outcome.DONE, Outcome.DONE, watched=(NEW_POLICY,))
FINISHED = run_at(
    RunPhase.DONE, Outcome.DONE, Outcome.DONE, watched=(RESTING,), ended=NOW - timedelta(seconds=5)
)
PARTLY = replace(
    FINISHED,
    phase=RunPhase.PARTLY,
    watched=(replace(RESTING, counts=Counts(3, 2, failed=1)),),
    unit_failures=(LOST,),
)
STOPPED = run_at(RunPhase.STOPPED, Outcome.DONE, Outcome.NOT_SENT, ended=NOW)
FAILED = run_at(
    RunPhase.FAILED,
    Outcome.NOT_SENT,
    Outcome.NOT_SENT,
    note="Somebody changed the policies since the plan was made. Nothing was written.",
    ended=NOW,
)
