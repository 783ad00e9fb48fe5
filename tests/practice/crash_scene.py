"""A tenant with something in it, a plan with every kind of write for it, and what is compared after a crash."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from m365backup_tui.domain.groups import GroupKind, GroupRef
from m365backup_tui.domain.notifications import NotificationChange, RecipientRole
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import NotificationWish
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule, RuleEnd, RuleRun, RuleWish, SiteWish, SiteWord
from m365backup_tui.domain.run import RunPhase
from m365backup_tui.domain.units import Candidate
from m365backup_tui.journal.codec import to_data
from m365backup_tui.journal.runs import FileRuns
from m365backup_tui.ports import Tools
from m365backup_tui.practice.company.lookups import Company
from m365backup_tui.practice.company.model import MailboxKind
from m365backup_tui.work import applying, planning
from m365backup_tui.work.notifications import change_for
from tests.journeys.admin import ROOT
from tests.practice.conftest import Controls
from tests.practice.crash_runner import Errand, account_of, as_line, tools_for

START = "crash-start"
GROUPS = 2
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_WRITES = ("POST", "PATCH", "DELETE", "PUT")


class People:
    """What the company has, handed out so that nothing is chosen twice, nor by a group and by name."""

    def __init__(self, company: Company) -> None:
        self.groups: list[GroupRef] = []
        taken: set[str] = set()
        for group in company.groups():
            members = company.transitive_members(group.id)
            if 2 <= len(members) <= 30 and not members & taken and len(self.groups) < GROUPS:
                taken |= members
                self.groups.append(GroupRef(group.id, group.display_name, "", GroupKind.SECURITY))
        assert len(self.groups) == GROUPS
        users = [u for u in company.users() if not u.hybrid and u.id not in taken]
        mail = [u for u in users if u.mailbox is MailboxKind.USER]
        drives = [u for u in users if u.drive_url]
        self._left = {
            Product.EXCHANGE: [
                Candidate(Product.EXCHANGE, u.id, u.display_name, u.upn) for u in mail
            ],
            Product.ONEDRIVE: [
                Candidate(Product.ONEDRIVE, u.id, u.display_name, u.upn) for u in drives
            ],
            Product.SHAREPOINT: [
                Candidate(Product.SHAREPOINT, s.id, s.name, s.web_url)
                for s in company.sites()
                if s.protectable and "Legal" not in s.name
            ],
        }

    def take(self, product: Product, count: int) -> tuple[Candidate, ...]:
        left = self._left[product]
        assert len(left) >= count, (product, len(left))
        taken, self._left[product] = left[:count], left[count:]
        return tuple(taken)


def before(people: People) -> list[Draft]:
    """What the tenant holds when the plan is made."""
    mail, drive, site = Product.EXCHANGE, Product.ONEDRIVE, Product.SHAREPOINT
    return [
        Draft(mail, "Leavers", add=people.take(mail, 50), power=Power.ACTIVATE),
        Draft(mail, "Old", add=people.take(mail, 2), power=Power.ACTIVATE),
        Draft(
            mail,
            "Once",
            add=people.take(mail, 1),
            rules=(RuleWish(mail, False, (people.groups[0],)),),
        ),
        Draft(
            mail,
            "In step",
            add=people.take(mail, 1),
            rules=(RuleWish(mail, True, (people.groups[1],)),),
        ),
        Draft(drive, "Managers", add=people.take(drive, 5), power=Power.ACTIVATE),
        Draft(site, "Projects", add=people.take(site, 5), power=Power.ACTIVATE),
    ]


async def wanted(tools: Tools, people: People) -> list[Draft]:
    """Drafts with every kind of write: more than thirty of them."""
    mail, drive, site = Product.EXCHANGE, Product.ONEDRIVE, Product.SHAREPOINT
    policies = {p.name: p for p in await tools.backup.policies()}

    def change(known: str, **more: Any) -> Draft:
        policy: Policy = policies[known]
        return replace(Draft(policy.product, known, policy.id, known), **more)

    async def rule(name: str) -> Rule:
        (found,) = await tools.backup.rules(mail, policies[name].id)
        return found

    leavers = await tools.backup.units(mail, policies["Leavers"].id)
    moved = tuple(Candidate(mail, u.key, u.name, u.address, policy="Leavers") for u in leavers[:3])
    drafts = [
        Draft(product, f"New {n}", add=people.take(product, 2), power=Power.ACTIVATE)
        for n, product in enumerate([mail, drive, site] * 3)
    ]
    return [
        *drafts,
        Draft(mail, "Everybody", add=people.take(mail, 160), power=Power.ACTIVATE),
        Draft(mail, "Moved", add=(*people.take(mail, 1), *moved)),
        change("Leavers", name="Left", remove=leavers[5:20], add=people.take(mail, 2)),
        change("Managers", add=people.take(drive, 3), power=Power.PAUSE),
        change(
            "Projects",
            rules=(RuleWish(site, False, sites=SiteWish((SiteWord("Legal"),))),),
            add=people.take(site, 1),
        ),
        change("Once", run_rules=(RuleRun(await rule("Once")),)),
        change("In step", end_rules=(RuleEnd(await rule("In step"), unprotect=True),)),
        change("Old", power=Power.DELETE),
    ]


@dataclass
class Scene:
    """One practice tenant, put back to the start before each round."""

    ready: dict[str, Any]
    controls: Controls
    token: str
    plan: Plan
    runner: subprocess.Popen[str]
    seen: int = 0  # number of a request that is over

    def put_back(self, name: str = START) -> int:
        """The tenant as it was when the plan was made; the number of the last request before the round."""
        self.controls.call("POST", f"snapshots/{name}/restore").raise_for_status()
        return self.last_request()

    def last_request(self) -> int:
        log = self.controls.log(self.seen)
        self.seen = int(log[-1]["seq"]) if log else self.seen
        return self.seen

    def run(
        self, do: str, folder: Path, kill_at: int = 0, how: str = "after", *, here: bool = False
    ) -> dict[str, Any]:
        """See `Errand`: what became of the run, and whether its process was killed."""
        plan, ready = json.dumps(to_data(self.plan)), json.dumps(self.ready)
        what = Errand(do, str(folder), plan, ready, self.token, kill_at, how, here)
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        self.runner.stdin.write(as_line(what))
        self.runner.stdin.flush()
        answer: dict[str, Any] = json.loads(self.runner.stdout.readline())
        return answer

    def state(self) -> str:
        """The tenant as canonical text; moments, which cannot be the same twice, are taken out of it."""
        text = self.controls.call("GET", "state").text
        return _TIME.sub("a moment", text)

    def order_free(self) -> str:
        """`state` for runs in which the service had to be waited for: how long that takes decides which policy is
        next. What hangs on the order alone is named by what it stands for: stamps, rows, ids that count up."""
        whole = json.loads(self.state())
        backup = whole["backup"]
        stamps = backup.pop("stamps")
        del backup["sequence"]
        for table in ("policies", "rules", "jobs", "units", "spans"):
            for row in _rows(backup[table]):
                row.pop("row", None)
                for when in ("created", "modified"):
                    if when in row:
                        row[when] = stamps[str(row[when])]["actor"]
        text = json.dumps(whole)
        for table, name in (
            ("policies", "displayName"),
            ("rules", "expression"),
            ("jobs", "displayName"),
        ):
            for ident, row in backup[table].items():
                said = json.dumps(f"{table} {row['product']} {row[name]}")[1:-1]
                text = text.replace(ident, said)
        return json.dumps(json.loads(text), sort_keys=True, indent=1)

    def writes(self, since: int) -> tuple[list[str], list[str]]:
        """(what was sent, what was carried out) by the server's own log."""
        entries = [
            e
            for e in self.controls.log(since)
            if e["method"] in _WRITES and "/control" not in e["path"]
        ]
        sent = [f"{e['method']} {e['path']} {e['body']}" for e in entries]
        done = [
            f"{e['method']} {e['path']} {e['body']}" for e in entries if e["changed"] is not None
        ]
        return sent, done


def _rows(table: Any) -> list[dict[str, Any]]:
    return list(table.values()) if isinstance(table, dict) else list(table)


@contextmanager
def runner() -> Iterator[subprocess.Popen[str]]:
    """The process that forks one child for each errand; it ends with its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.practice.crash_runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


async def prepare(
    ready: dict[str, Any], controls: Controls, token: str, company: Company, folder: Path
) -> Plan:
    """Fills the tenant, makes the plan, and takes the snapshot that each round begins from."""
    controls.call("POST", "clock", {"pace": 1e9}).raise_for_status()
    people = People(company)
    account = account_of(ready)
    runs = FileRuns(folder / "before", "preparation")
    async with tools_for(ready, token, runs) as tools:
        first = await _planned(tools, before(people), ready)
        async for event in applying.apply(tools, first, account):
            run = event.run
        assert run.phase is RunPhase.DONE, [
            (w.write.words, str(w.outcome), w.note, w.failed)
            for w in run.writes
            if str(w.outcome) != "done"
        ] + [run.unit_failures, run.note]
        since = controls.log()[-1]["seq"]
        drafts = await wanted(tools, people)
        wish = NotificationWish(enabled=True, all_events=True, role=RecipientRole.BACKUP_ADMINS)
        plan = await _planned(tools, drafts, ready, await change_for(tools, wish))
        assert not [e for e in controls.log(since) if e["method"] in _WRITES]
    controls.call("POST", f"snapshots/{START}").raise_for_status()
    return plan


async def _planned(
    tools: Tools,
    drafts: Sequence[Draft],
    ready: dict[str, Any],
    change: NotificationChange | None = None,
) -> Plan:
    return await planning.plan_for(
        tools, drafts, ready["tenant_id"], "Practice", notifications=change
    )
