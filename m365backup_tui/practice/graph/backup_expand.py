"""$expand of a single policy: its units, inclusion rules and bulk jobs, the first page of each.

Choice: the pages document no $expand for policies, the metadata names these navigation properties;
options inside the brackets are refused. A longer list goes on at `{name}@odata.nextLink`.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from m365backup_tui.practice.backup import errors, jobs, rules
from m365backup_tui.practice.backup.units import UNIT_VIEW, show_unit
from m365backup_tui.practice.backup.world import Record, product_of
from m365backup_tui.practice.graph.backup_access import Visit
from m365backup_tui.practice.graph.odata import USUAL_PAGE, Query, link_after


def expand(request: web.Request, visit: Visit, policy: Record, query: Query) -> Record:
    """The navigation properties that $expand names; 400 for any other."""
    text, product = query.get("$expand"), product_of(policy)
    if text is None:
        return {}
    world = visit.world
    known: dict[str, tuple[str, Callable[[Record], Record]]] = {
        product.unit_nav: (
            f"{UNIT_VIEW} WHERE u.policy = ? ORDER BY u.row",
            lambda unit: show_unit(world, unit, visit.evolved),
        ),
        product.rule_nav: (
            "SELECT * FROM rules WHERE policy = ? ORDER BY row",
            lambda rule: rules.show_rule(world, rule, visit.evolved),
        ),
        product.job_nav: (
            f"SELECT {jobs.JOB_COLUMNS} FROM jobs WHERE policy = ? ORDER BY row",  # noqa: S608
            lambda job: jobs.show_job(world, job),
        ),
    }
    shown: Record = {}
    for name in (part.strip() for part in text.split(",")):
        if name not in known:
            raise errors.bad_request(f"The property '{name}' cannot be expanded here.")
        select, show = known[name]
        found = world.many(f"{select} LIMIT ?", policy["id"], USUAL_PAGE + 1)
        shown[name] = [show(one) for one in found[:USUAL_PAGE]]
        if len(found) > USUAL_PAGE:
            path = f"/v1.0/solutions/backupRestore/{product.collection}/{policy['id']}/{name}"
            last = str(found[USUAL_PAGE - 1]["row"])
            shown[f"{name}@odata.nextLink"] = link_after(request, last, path)
    return shown
