"""HTTP for inclusion rules and bulk addition jobs under a policy (graph.md §2.4)."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from m365backup_tui.practice.graph import backup_jobs as jobs
from m365backup_tui.practice.graph import backup_rules as rules
from m365backup_tui.practice.graph.backup_access import admit_reader, admit_writer
from m365backup_tui.practice.graph.backup_policy_routes import (
    MOST_PAGE,
    ROOT,
    USUAL_PAGE,
    Handler,
    policy_of,
)
from m365backup_tui.practice.graph.backup_world import Record, World
from m365backup_tui.practice.graph.odata import (
    context,
    no_content,
    page,
    read_body,
    read_query,
    reply,
)
from m365backup_tui.practice.graph.products import PRODUCTS, Product

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


def _list_rules(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, PAGING), admit_reader(request)
        policy = policy_of(visit, request, product)
        shown = [
            rules.show_rule(visit.world, rule, visit.evolved)
            for rule in visit.world.table("rules").values()
            if rule["policy"] == policy["id"]
        ]
        what = _where(product, policy, product.rule_nav)
        return reply(page(request, what, shown, query, USUAL_PAGE, MOST_PAGE))

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


def _get_rule(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request, {"$select"})
        visit = admit_reader(request)
        policy = policy_of(visit, request, product)
        rule = rules.find_rule(visit.world, policy, request.match_info["rule"])
        return reply(rules.show_rule(visit.world, rule, visit.evolved))

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
        rule = rules.find_rule(visit.world, policy, request.match_info["rule"])
        rules.delete_rule(visit.world, rule)
        return no_content()

    return handler


def _act_on_rule(product: Product, action: Callable[[World, Record], None]) -> Handler:
    # run and deleteAndUnprotect answer 202 with the plain rule; the pages contradict themselves
    # (graph.md §15 item 6), an asynchronous action answering 202 is the reading taken here.
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request)
        visit = admit_writer(request)
        policy = policy_of(visit, request, product)
        rule = rules.find_rule(visit.world, policy, request.match_info["rule"])
        action(visit.world, rule)
        return reply(rules.show_rule(visit.world, rule, visit.evolved), 202)

    return handler


def _list_jobs(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        query, visit = read_query(request, PAGING), admit_reader(request)
        policy = policy_of(visit, request, product)
        shown = [
            jobs.show_job(visit.world, job, whole=False)
            for job in visit.world.table("jobs").values()
            if job["policy"] == policy["id"]
        ]
        what = _where(product, policy, product.job_nav)
        return reply(page(request, what, shown, query, USUAL_PAGE, MOST_PAGE))

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
                **jobs.show_job(visit.world, job, whole=True),
            },
            201,
        )

    return handler


def _get_job(product: Product) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        read_query(request, {"$select"})
        visit = admit_reader(request)
        policy = policy_of(visit, request, product)
        job = jobs.find_job(visit.world, policy, request.match_info["job"])
        return reply(jobs.show_job(visit.world, job, whole=True))

    return handler
