"""HTTP for inclusion rules and bulk addition jobs under a policy (graph.md §2.4)."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from m365backup_tui.practice.backup import errors, faults, jobs, rules
from m365backup_tui.practice.backup.products import PRODUCTS, Product
from m365backup_tui.practice.backup.world import Record, World, product_of
from m365backup_tui.practice.graph.backup_access import (
    Visit,
    admit_reader,
    admit_writer,
)
from m365backup_tui.practice.graph.backup_policy_routes import (
    ROOT,
    Handler,
    policy_of,
    refuse_body,
)
from m365backup_tui.practice.graph.backup_properties import properties_of
from m365backup_tui.practice.graph.odata import (
    context,
    no_content,
    page_from,
    read_body,
    read_query,
    reply,
    select,
)
from m365backup_tui.practice.guids import is_guid

PAGING = frozenset({"$top", "$skiptoken", "$count", "$select"})


def add_rule_routes(app: web.Application) -> None:
    """Register the paths of rules and jobs for the three products."""
    route = app.router.add_route
    for product in PRODUCTS:
        policy = f"{ROOT}/{product.collection}/{{id}}"
        one_rule = f"{policy}/{product.rule_nav}/{{rule}}"
        route("GET", f"{policy}/{product.rule_nav}", _list_rules(product))
        route("POST", f"{policy}/{product.rule_nav}", _create_rule(product))
        route("GET", one_rule, _get_rule(product))
        route("PATCH", one_rule, _patch_rule(product))
        route("DELETE", one_rule, _delete_rule(product))
        route("POST", f"{one_rule}/run", _act_on_rule(product, rules.run_rule))
        route(
            "POST",
            f"{one_rule}/deleteAndUnprotect",
            _act_on_rule(product, rules.delete_and_unprotect),
        )
        route("GET", f"{policy}/{product.job_nav}", _list_jobs(product))
        route("POST", f"{policy}/{product.job_nav}", _create_job(product))
        route("GET", f"{policy}/{product.job_nav}/{{job}}", _get_job(product))


def _where(product: Product, policy: Record, nav: str) -> str:
    return f"solutions/backupRestore/{product.collection}('{policy['id']}')/{nav}"


def _list(
    request: web.Request,
    visit: Visit,
    policy: Record,
    nav: str,
    type_: str,
    columns: str,
    show: Callable[[Record], Record],
) -> web.StreamResponse:
    """A page of the policy's rules or jobs: the rows of `columns` (a select list and a table)."""
    query, world = read_query(request, PAGING, properties_of(type_)), visit.world
    table = columns.rpartition(" ")[2]

    def fetch(after: str | None, limit: int) -> list[tuple[str, Record]]:
        start = 0 if after is None else int(after)
        if not 0 <= start < 1 << 62:
            raise ValueError(f"{start} is no position.")
        found = world.many(
            f"SELECT {columns} WHERE policy = ? AND row > ? ORDER BY row LIMIT ?",
            policy["id"],
            start,
            limit,
        )
        return [(str(one["row"]), show(one)) for one in found]

    def count() -> int:
        row = world.one(f"SELECT count(*) AS n FROM {table} WHERE policy = ?", policy["id"])  # noqa: S608
        return int(row["n"] if row else 0)

    what = _where(product_of(policy), policy, nav)
    return reply(page_from(request, what, query, fetch, count))


def _list_rules(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        visit = admit_reader(request)
        policy = policy_of(visit, request, product)

        def show(rule: Record) -> Record:
            return rules.show_rule(visit.world, rule, visit.evolved)

        return _list(
            request, visit, policy, product.rule_nav, product.rule_type, "* FROM rules", show
        )

    return handler


def _create_rule(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit, body = admit_writer(request), await read_body(request)
        policy = policy_of(visit, request, product)
        rule = rules.create_rule(visit.world, policy, body)
        what = _where(product, policy, f"{product.rule_nav}/$entity")
        return reply(
            {
                "@odata.context": context(request, what),
                **rules.show_rule(visit.world, rule, visit.evolved),
            },
            201,
        )

    return handler


def _rule_by_id(visit: Visit, policy: Record, request: web.Request) -> Record:
    """The rule for an action; 400 InvalidInclusionRuleId for what is no id at all."""
    rule_id = request.match_info["rule"]
    if not is_guid(rule_id):
        raise errors.invalid_rule_id(rule_id)
    return rules.find_rule(visit.world, policy, rule_id)


def _get_rule(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        properties = properties_of(product.rule_type)
        query, visit = read_query(request, {"$select"}, properties), admit_reader(request)
        policy = policy_of(visit, request, product)
        rule = rules.find_rule(visit.world, policy, request.match_info["rule"])
        return reply(select(rules.show_rule(visit.world, rule, visit.evolved), query))

    return handler


def _patch_rule(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit, body = admit_writer(request), await read_body(request)
        policy = policy_of(visit, request, product)
        rule = rules.find_rule(visit.world, policy, request.match_info["rule"])
        rules.patch_rule(visit.world, rule, body)
        return reply(rules.show_rule(visit.world, rule, visit.evolved))

    return handler


def _delete_rule(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit = admit_writer(request)
        policy = policy_of(visit, request, product)
        rule = _rule_by_id(visit, policy, request)
        rules.delete_rule(visit.world, rule)
        return no_content()

    return handler


def _act_on_rule(product: Product, action: Callable[[World, Record], None]) -> Handler:
    # run and deleteAndUnprotect answer 202 with the plain rule; the pages contradict themselves
    # (graph.md §15 item 6), an asynchronous action answering 202 is the reading taken here.
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit = admit_writer(request)
        await refuse_body(request)
        policy = policy_of(visit, request, product)
        rule = _rule_by_id(visit, policy, request)
        action(visit.world, rule)
        return reply(rules.show_rule(visit.world, rule, visit.evolved), 202)

    return handler


def _list_jobs(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        visit = admit_reader(request)
        policy = policy_of(visit, request, product)
        faults.vanish_job(visit.world, policy)
        columns = f"{jobs.JOB_COLUMNS} FROM jobs"

        def show(job: Record) -> Record:
            return jobs.show_job(visit.world, job)

        return _list(request, visit, policy, product.job_nav, product.job_type, columns, show)

    return handler


def _create_job(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit, body = admit_writer(request), await read_body(request)
        policy = policy_of(visit, request, product)
        job = jobs.create_job(visit.world, policy, body)
        what = _where(product, policy, f"{product.job_nav}/$entity")
        return reply(
            {
                "@odata.context": context(request, what),
                **jobs.show_job(visit.world, job),
            },
            201,
        )

    return handler


def _get_job(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        properties = properties_of(product.job_type)
        query, visit = read_query(request, {"$select"}, properties), admit_reader(request)
        policy, job_id = policy_of(visit, request, product), request.match_info["job"]
        faults.vanish_job(visit.world, policy, job_id.lower())
        job = jobs.find_job(visit.world, policy, job_id)
        return reply(select(jobs.show_job(visit.world, job), query))

    return handler
