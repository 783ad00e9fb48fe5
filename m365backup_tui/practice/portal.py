"""The practice admin center: the two places where billing is set up and Backup is turned on.

The wizard cannot do these steps (reference/azure.md §0); it hands over a link. These pages are what
the link opens in practice. Labels follow reference/admin-center.md §1.2 and §1.3.
"""

from html import escape

from aiohttp import web

from m365backup_tui.practice import billing
from m365backup_tui.practice.arm.groups import all_groups
from m365backup_tui.practice.arm.world import REGIONS
from m365backup_tui.practice.errors import ApiError
from m365backup_tui.practice.pages import choice, hidden, page, persona_choice
from m365backup_tui.practice.personas import Persona, persona_by_key
from m365backup_tui.practice.tenant import Tenant, tenant_of

_TITLES = {"setup": "Set up pay-as-you-go billing", "billing": "Add a billing policy"}
_TERMS = '<label><input type="checkbox" name="terms" value="yes"> I accept the terms</label>'


def add_portal_routes(app: web.Application) -> None:
    """Register the pages."""
    app.router.add_get("/portal", _home)
    app.router.add_get("/portal/", _home)
    app.router.add_get("/portal/{node:setup|billing}", _form_page)
    app.router.add_post("/portal/{node:setup|billing}", _save)
    app.router.add_post("/portal/{node:setup|billing}/turn-on", _turn_on)


async def _home(request: web.Request) -> web.Response:
    body = (
        f"{_status(tenant_of(request))}<ul>"
        '<li><a href="/portal/setup">Setup: pay-as-you-go services (older tenants)</a></li>'
        '<li><a href="/portal/billing">Billing: pay-as-you-go (newer tenants)</a></li></ul>'
    )
    return page("Practice admin center", body)


async def _form_page(request: web.Request) -> web.Response:
    node = request.match_info["node"]
    persona = persona_by_key(request.query.get("persona", ""))
    if persona is None:
        # What the link brought along (subscription, group, region) is kept for the form after this.
        kept = hidden({name: text for name, text in request.query.items() if name != "persona"})
        body = f'<form method="get">{kept}{persona_choice()}<button>Continue</button></form>'
        return page(_TITLES[node], body)
    return page(_TITLES[node], _form(request, node, persona))


async def _save(request: web.Request) -> web.Response:
    node = request.match_info["node"]
    tenant = tenant_of(request)
    form = {name: str(value) for name, value in (await request.post()).items()}
    persona = persona_by_key(form.get("persona", ""))
    if persona is None:
        return page(_TITLES[node], "<p>Choose who you are.</p>", status=400)
    if form.get("terms") != "yes":
        return _again(request, node, persona, "Accept the terms to go on.", 400)
    try:
        billing.set_up(
            tenant,
            persona,
            node=node,
            subscription_id=form.get("subscription_id", ""),
            resource_group=form.get("resource_group", "").partition("/")[2],
            region=form.get("region", ""),
            policy_name=form.get("policy_name") or billing.DEFAULT_POLICY_NAME,
        )
    except ApiError as refused:
        return _again(request, node, persona, refused.message, refused.status)
    return page("Saved", _status(tenant) + _turn_on_form(node, persona))


async def _turn_on(request: web.Request) -> web.Response:
    node = request.match_info["node"]
    tenant = tenant_of(request)
    form = {name: str(value) for name, value in (await request.post()).items()}
    persona = persona_by_key(form.get("persona", ""))
    if persona is None:
        return page(_TITLES[node], "<p>Choose who you are.</p>", status=400)
    if form.get("terms") != "yes":
        return _again(request, node, persona, "Accept the terms to go on.", 400)
    try:
        billing.turn_on(tenant, persona)
    except ApiError as refused:
        return _again(request, node, persona, refused.message, refused.status)
    return page("Microsoft 365 Backup", _status(tenant))


def _again(
    request: web.Request, node: str, persona: Persona, wrong: str, status: int
) -> web.Response:
    body = f"<p><strong>{escape(wrong)}</strong></p>{_form(request, node, persona)}"
    return page(_TITLES[node], body, status=status)


def _form(request: web.Request, node: str, persona: Persona) -> str:
    tenant = tenant_of(request)
    subscriptions = billing.choices(tenant, persona)
    groups = [
        (f"{identity}/{group['name']}", f"{group['name']} ({name})")
        for identity, name in subscriptions
        for group in all_groups(tenant, identity)
    ]
    regions = [(region.name, region.display_name) for region in REGIONS if region.syntex]
    named = (
        '<label>Policy name <input name="policy_name" '
        f'value="{escape(billing.DEFAULT_POLICY_NAME)}"></label>'
        if node == "billing"
        else ""
    )
    save = "Save" if node == "setup" else "Create policy"
    wanted = request.query
    return (
        f"{_status(tenant)}<p>You are {escape(persona.name)}.</p>"
        f'<form method="post" action="/portal/{node}">{hidden({"persona": persona.key})}{named}'
        + choice(
            "Azure subscription", "subscription_id", subscriptions, wanted.get("subscription", "")
        )
        + choice(
            "Resource group",
            "resource_group",
            groups,
            f"{wanted.get('subscription', '')}/{wanted.get('group', '')}",
        )
        + choice("Region", "region", regions, wanted.get("region", ""))
        + f"{_TERMS}<button>{save}</button></form>{_turn_on_form(node, persona)}"
    )


def _turn_on_form(node: str, persona: Persona) -> str:
    label = "Turn on" if node == "setup" else "Connect to Microsoft 365 Backup"
    return (
        f'<form method="post" action="/portal/{node}/turn-on">'
        f"{hidden({'persona': persona.key})}<fieldset><legend>Backup</legend>{_TERMS}"
        f"<button>{label}</button></fieldset></form>"
    )


def _status(tenant: Tenant) -> str:
    linked = tenant.data["billing"]["linked"]
    asked = tenant.data["billing"]["service"]["status"]
    now = billing.service_status(tenant)["status"]
    paid = f"{linked['resource_group']}, {linked['region']}" if linked else "not set up"
    on = "turning on" if asked == "enabled" and now == "disabled" else now
    return f"<p>Billing: {escape(paid)}. Microsoft 365 Backup: {escape(on)}.</p>"
