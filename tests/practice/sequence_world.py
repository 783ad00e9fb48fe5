"""Carries out sequences of an admin's intentions by the product's own use cases, on a practice tenant that runs.

Plan and run go through `work.planning` and `work.applying` over the real SDK and TLS. What the tenant holds and what
was sent is asked of the tenant itself, past the product.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, cast

from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.cloud.transport import graph_adapter
from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, Run, RunPhase
from m365backup_tui.domain.session import Account
from m365backup_tui.events import RunMoved
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Azure, Identity, Tools
from m365backup_tui.work import applying, exporting, planning
from m365backup_tui.work.before import ALREADY
from tests.from_file import drafts_from_file
from tests.practice.cloud_ports import session
from tests.practice.conftest import Controls
from tests.practice.graph_client import graph_token
from tests.practice.sequence_expected import Tally, expect
from tests.practice.sequence_meddling import meddle
from tests.practice.sequence_model import (
    Fault,
    Held,
    Model,
    Round,
)
from tests.practice.sequence_people import groups, people
from tests.practice.sequence_wire import (
    PATHS,
    ROOT,
    RULES,
    Log,
    TenantTime,
    TimedCalls,
    Wire,
    ids_of,
    lines,
    picture_of,
)
from tests.practice.sequence_wishes import drafts_of

SNAPSHOT = "before-every-sequence"
PACE = 1800  # a second of the client's waits is half an hour of the service's work
# Where records cost no disk: durability has its own tests.
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
# What there is before each sequence: product, units, whether it is active.
BEGINNING = (
    (Product.EXCHANGE, 3, True),
    (Product.EXCHANGE, 2, False),
    (Product.SHAREPOINT, 2, False),
    (Product.ONEDRIVE, 2, True),
)
POOL = 90  # units of each product that sequences draw from
FILES = 25  # of so many sequences one ends with its tenant as a policy file: that reads everything
_FINISHED = (RunPhase.DONE, RunPhase.PARTLY, RunPhase.FAILED)
_MOST_RESUMES = 4


class World:
    """One tenant, one client, many sequences; each begins with a tenant without policies."""

    def __init__(self, wire: Wire, calls: TimedCalls) -> None:
        self.tally = Tally()
        self._wire = wire
        self._clock = cast(TenantTime, calls.clock)
        self._log = Log(wire)
        backup = GraphBackup(calls)
        self._tools = Tools(
            clock=self._clock,
            identity=cast(Identity, None),
            directory=GraphDirectory(calls, backup, lambda: ""),
            azure=cast(Azure, None),
            backup=backup,
            runs=cast(Any, None),
        )
        self._account = Account("practice-tenant", "object-1", "ada@example.com", "Ada", "Practice")

    def begin(self) -> None:
        """Makes what there is before each sequence."""
        model = self._beginning()
        for held in model.policies:
            path, nav, field_name = PATHS[held.product]
            units = [{field_name: key} for key in sorted(held.keys)]
            body = {"displayName": held.name, nav: units}
            made = self._wire.done("POST", f"{ROOT}/{path}", body)
            rules = f"{ROOT}/{path}/{made['id']}/{RULES[held.product]}InclusionRules"
            for group, dynamic in ((g, d) for d in (True, False) for g in held.groups(d)):
                words = f"(memberOf -any (group.id -in ['{group}']))"
                name = f"{RULES[held.product]}Expression"
                self._wire.done("POST", rules, {name: words, "isAutoApplyEnabled": dynamic})
            if held.on:
                self._wire.done("POST", f"{ROOT}/protectionPolicies/{made['id']}/activate")
        self._clock.let_pass(7200)
        assert picture_of(self._wire) == model.picture()
        self._wire.done("POST", f"snapshots/{SNAPSHOT}")

    def _beginning(self) -> Model:
        pool = {product: list(units)[:POOL] for product, units in people().items()}
        model = Model(pool, groups())
        for product, units, on in BEGINNING:
            keys = set(model.free(product)[:units])
            model.policies.append(Held(product, model.name(), on, keys))
        kept, once = model.groups[:2]
        model.policies[0].dynamic[kept.id] = kept
        model.policies[3].static[once.id] = once
        model.policies[3].keys |= once.members[Product.ONEDRIVE]
        return model

    async def play(self, rounds: tuple[Round, ...]) -> None:
        """One sequence, with every promise checked after each round."""
        self._wire.done("POST", f"snapshots/{SNAPSHOT}/restore")
        self.tally.sequences += 1
        model = self._beginning()
        with tempfile.TemporaryDirectory(prefix="sequence-", dir=MEMORY) as folder:
            numbers = count(1)  # runs of one second in the order in which they were made
            runs = FileRuns(Path(folder), "test", token=lambda: f"{next(numbers):04x}")
            tools = replace(self._tools, runs=runs)
            try:
                for number, one in enumerate(rounds):
                    await self._round(tools, model, one, last=number == len(rounds) - 1)
            except AssertionError as error:
                error.add_note(f"The sequence: {rounds}")
                raise

    async def _round(self, tools: Tools, model: Model, one: Round, *, last: bool) -> None:
        drafts = await drafts_of(tools, model, one.wants, ids_of(self._wire))
        self._log.news()
        try:
            plan = await planning.plan_for(tools, drafts, self._account.tenant_id, "Practice")
        except Rejected:
            self.tally.refused_plans += 1
            raise  # the model only makes wishes that can be planned
        assert self._log.changes() == [], "planning changed something"
        self.tally.plans += 1
        self.tally.planned += plan.requests
        self.tally.acts.update(str(write.act) for write in plan.writes)
        self.tally.acts.update("unit moved" for w in plan.writes for u in w.units if u.source)
        assert bool(plan.writes) == any(not d.empty for d in drafts), (drafts, plan.writes)
        before = model.picture()
        meddled = one.meddling is not None and meddle(self._wire, model, one.meddling, one.meddled)
        self._log.news()
        if one.fault is not None:
            self._switch_on(one.fault)
        run = await self._run(tools, plan, one)
        if one.fault is not None:
            self._wire.done("DELETE", "faults")
        self._clock.let_pass(7200)  # two hours: whatever the service does is done
        sent = self._log.changes()
        self._check_requests(plan, run, sent, meddled=meddled, fault=one.fault)
        if not meddled and (one.fault is None or one.fault.id != "B12"):
            assert run.phase is RunPhase.DONE, f"nobody refused anything: {_told(run)}"
        if run.phase is RunPhase.FAILED and not run.written:
            assert meddled, f"refused without a reason: {run.note}"
            assert not [e for e in sent if e["changed"]], "refused, and yet something was changed"
            self.tally.moved_on += 1
        else:
            self.tally.refused_items += expect(model, drafts, run)
        self._check_journal(tools, run)
        picture = picture_of(self._wire)
        assert picture == model.picture(), f"before the run {before}; {_told(run)}"
        if last and plan.writes and run.phase is RunPhase.DONE and not meddled:
            await self._nothing_twice(tools, plan)
        if last and self.tally.sequences % FILES == 0:
            await self._file_is_fulfilled(tools)

    # --- the run --------------------------------------------------------------------------------------------------

    async def _run(self, tools: Tools, plan: Plan, one: Round) -> Run:
        """To its end: stopped or cut off where the round says so, and resumed."""
        run = await self._follow(tools, applying.apply(tools, plan, self._account), one)
        for _ in range(_MOST_RESUMES):
            if run.phase in _FINISHED:
                break
            self.tally.resumes += 1
            again = applying.resume(tools, run.id, self._account)
            run = await self._follow(tools, again, replace(one, halt=0))
        self.tally.phases[str(run.phase)] += 1
        assert run.phase in _FINISHED, f"not to be finished: {_told(run)}"
        assert Outcome.UNKNOWN not in {w.outcome for w in run.writes}, _told(run)
        assert not {w.outcome for w in run.writes} & {Outcome.SENDING, Outcome.READING_BACK}
        return run

    async def _follow(self, tools: Tools, work: AsyncIterator[RunMoved], one: Round) -> Run:
        """The run as it was shown last. Cut off as the wizard does it: the task is cancelled while it waits."""
        seen: list[Run] = []

        async def follow() -> None:
            async for event in work:
                seen.append(event.run)
                if len(seen) == one.halt and one.dropped:
                    asked = asyncio.current_task()
                    assert asked is not None
                    asked.cancel()
                elif len(seen) == one.halt:
                    tools.runs.ask_to_stop()

        task = asyncio.create_task(follow())
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()
        return seen[-1]

    def _switch_on(self, fault: Fault) -> None:
        words = {"id": fault.id, "operation": fault.operation, "nth": fault.nth}
        self._wire.done("POST", "faults", words)

    # --- what must have come of it --------------------------------------------------------------------------------

    def _check_requests(
        self,
        plan: Plan,
        run: Run,
        sent: list[dict[str, Any]],
        *,
        meddled: bool,
        fault: Fault | None,
    ) -> None:
        """Every write of the plan exactly once: requests planned = requests carried out."""
        committed = [e for e in sent if e["changed"]]
        self.tally.sent += len(sent)
        self.tally.committed += len(committed)
        self.tally.struck += sum(bool(e["faults"]) for e in sent)
        done = [
            w
            for w in run.writes
            if w.note != ALREADY
            and (w.outcome in (Outcome.DONE, Outcome.PARTLY) or (w.failed and w.request_id))
        ]
        told = f"{_told(run)}\n{lines(sent)}"
        assert len(committed) == len(done), told
        if not meddled:
            assert len(committed) == plan.requests, told
            if fault is None:
                assert len(sent) == plan.requests, told

    def _check_journal(self, tools: Tools, run: Run) -> None:
        """The record alone gives the same run."""
        kept = tools.runs.list_runs(self._account.tenant_id)[0]
        assert kept.phase is run.phase, (kept, run)
        replayed, shown = [_line(w) for w in kept.writes], [_line(w) for w in run.writes]
        assert replayed == shown, f"the record tells another run: {replayed} instead of {shown}"

    async def _file_is_fulfilled(self, tools: Tools) -> None:
        """What the tenant has, written as a wish, leaves nothing to be done."""
        self.tally.files += 1
        file = (await exporting.from_tenant(tools)).file
        policies = await tools.backup.policies()
        drafts, problems = await drafts_from_file(tools, file, policies)
        assert (drafts, problems) == ((), ()), file

    async def _nothing_twice(self, tools: Tools, plan: Plan) -> None:
        """The same plan again: refused, or nothing left to send."""
        self._log.news()
        run: Run | None = None
        async for event in applying.apply(tools, plan, self._account):
            run = event.run
        assert run is not None
        assert self._log.changes() == [], f"a second run wrote: {_told(run)}"


def _line(state: Any) -> tuple[object, ...]:
    return (state.write.id, state.outcome, state.failed, state.policy_id, state.request_id)


def _told(run: Run) -> str:
    writes = "; ".join(f"{w.write.words} [{w.write.id}]: {w.outcome} {w.note}" for w in run.writes)
    return f"{run.phase}: {run.note} | {writes}"


@asynccontextmanager
async def opened(ready: dict[str, Any], controls: Controls) -> AsyncIterator[World]:
    """A tenant with a few policies, whose time stands still unless somebody waits."""
    wire = Wire(ready, graph_token(ready, controls, "backup-admin"))
    transport, credential = session(ready, controls)
    wire.done("POST", "clock", {"pace": PACE, "hold": True})
    calls = TimedCalls(
        lambda scopes: graph_adapter(transport, credential, scopes), TenantTime(wire), None
    )
    try:
        world = World(wire, calls)
        world.begin()
        yield world
    finally:
        await calls.close()
        wire.call("DELETE", f"snapshots/{SNAPSHOT}")
        wire.close()
