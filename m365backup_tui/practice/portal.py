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
from m365backup_tui.practice.pages import choice, facts, hidden, note, page, persona_choice
from m365backup_tui.practice.personas import Persona, persona_by_key
from m365backup_tui.practice.service import service_now
from m365backup_tui.practice.tenant import Tenant, tenant_of

_TITLES = {"setup": "Set up pay-as-you-go billing", "billing": "Add a billing policy"}
_PLACES = {
    "setup": "Setup > Billing and licenses > Activate pay-as-you-go services > Billing > Syntex services",
    "billing": "Billing > Pay-as-you-go > Add a billing policy",
}
_TURN_ON_PLACES = {
    "setup": "Settings > Syntex services > Storage > Backup",
    "billing": "Pay-as-you-go > Services > Microsoft 365 Backup > Billing policies",
}
# The product terms themselves are not part of the practice tenant.
_TERMS = (
    '<label><input type="checkbox" name="terms" value="yes" required> I accept the terms</label>'
)


def add_portal_routes(app: web.Application) -> None:
    """Register the pages."""
    app.router.add_get("/portal", _home)
    app.router.add_get("/portal/", _home)
    app.router.add_get("/portal/{node:setup|billing}", _form_page)
    app.router.add_post("/portal/{node:setup|billing}", _save)
    app.router.add_post("/portal/{node:setup|billing}/turn-on", _turn_on)


async def _home(request: web.Request) -> web.Response:
    body = (
        f"{_status(tenant_of(request))}<p>The wizard hands over one of these two places:</p><ul>"
        f'<li><a href="/portal/billing">Billing: pay-as-you-go (newer tenants)</a><br>'
        f'<span class="small">{escape(_PLACES["billing"])}</span></li>'
        f'<li><a href="/portal/setup">Setup: pay-as-you-go services (older tenants)</a><br>'
        f'<span class="small">{escape(_PLACES["setup"])}</span></li></ul>'
    )
    return page("Practice admin center", body)


async def _form_page(request: web.Request) -> web.Response:
    node = request.match_info["node"]
    persona = persona_by_key(request.query.get("persona", ""))
    if persona is None:
        # What the link brought along (subscription, group, region) is kept for the form after this.
        kept = hidden({name: text for name, text in request.query.items() if name != "persona"})
        body = f'<form method="get">{kept}{persona_choice()}<button>Continue</button></form>'
        return page(_TITLES[node], body, where=_PLACES[node])
    return page(
        _TITLES[node],
        _form(tenant_of(request), node, persona, dict(request.query)),
        where=_PLACES[node],
    )


async def _save(request: web.Request) -> web.Response:
    node = request.match_info["node"]
    tenant = tenant_of(request)
    form = {name: str(value) for name, value in (await request.post()).items()}
    persona = persona_by_key(form.get("persona", ""))
    if persona is None:
        return page(_TITLES[node], note("Choose who you are.", wrong=True), status=400)
    if form.get("terms") != "yes":
        return _again(request, node, persona, form, "Accept the terms to go on.", 400)
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
        return _again(request, node, persona, form, refused.message, refused.status)
    said = note("Billing is saved. Microsoft 365 Backup is not on yet: that is the next step.")
    return page("Saved", said + _status(tenant) + _turn_on_form(tenant, node, persona))


async def _turn_on(request: web.Request) -> web.Response:
    node = request.match_info["node"]
    tenant = tenant_of(request)
    form = {name: str(value) for name, value in (await request.post()).items()}
    persona = persona_by_key(form.get("persona", ""))
    if persona is None:
        return page(_TITLES[node], note("Choose who you are.", wrong=True), status=400)
    if form.get("terms") != "yes":
        return _again(request, node, persona, form, "Accept the terms to go on.", 400)
    try:
        billing.turn_on(tenant, persona)
    except ApiError as refused:
        return _again(request, node, persona, form, refused.message, refused.status)
    said = note(
        "Done. Close this page and go back to the wizard: it looks until it sees the change."
    )
    return page("Microsoft 365 Backup", said + _status(tenant), where=_TURN_ON_PLACES[node])


def _again(
    request: web.Request,
    node: str,
    persona: Persona,
    form: dict[str, str],
    wrong: str,
    status: int,
) -> web.Response:
    entered = {
        "subscription": form.get("subscription_id", ""),
        "group": form.get("resource_group", "").partition("/")[2],
        "region": form.get("region", ""),
        "policy": form.get("policy_name", ""),
    }
    body = f"{note(wrong, wrong=True)}{_form(tenant_of(request), node, persona, entered)}"
    return page(_TITLES[node], body, status=status, where=_PLACES[node])


def _form(tenant: Tenant, node: str, persona: Persona, wanted: dict[str, str]) -> str:
    subscriptions = billing.choices(tenant, persona)
    groups = [
        (f"{identity}/{group['name']}", f"{group['name']} ({name})")
        for identity, name in subscriptions
        for group in all_groups(tenant, identity)
    ]
    regions = [(region.name, region.display_name) for region in REGIONS if region.syntex]
    named = (
        '<label>Policy name <input name="policy_name" required '
        f'value="{escape(wanted.get("policy") or billing.DEFAULT_POLICY_NAME)}"></label>'
        if node == "billing"
        else ""
    )
    save = "Save" if node == "setup" else "Create policy"
    empty = (
        ""
        if subscriptions
        else note(
            "No subscription is listed: only those of this directory where you are Owner or Contributor are."
        )
    )
    return (
        f"{_status(tenant)}{empty}"
        f'<form method="post" action="/portal/{node}">{hidden({"persona": persona.key})}'
        f"<fieldset><legend>Billing</legend><p>You are {escape(persona.name)}.</p>{named}"
        + choice(
            "Azure subscription",
            "subscription_id",
            subscriptions,
            wanted.get("subscription", ""),
            "Choose a subscription",
        )
        + choice(
            "Resource group",
            "resource_group",
            groups,
            f"{wanted.get('subscription', '')}/{wanted.get('group', '')}",
            "Choose a resource group",
        )
        + choice("Region", "region", regions, wanted.get("region", ""), "Choose a region")
        + f"{_TERMS}<button>{save}</button></fieldset></form>"
        + _turn_on_form(tenant, node, persona)
    )


def _turn_on_form(tenant: Tenant, node: str, persona: Persona) -> str:
    if tenant.data["billing"]["linked"] is None:
        return (
            '<p class="small">Microsoft 365 Backup can be turned on here once billing is saved.</p>'
        )
    if tenant.data["billing"]["service"]["status"] != "disabled":
        return ""
    label = "Turn on" if node == "setup" else "Connect to Microsoft 365 Backup"
    return (
        f'<form method="post" action="/portal/{node}/turn-on">'
        f"{hidden({'persona': persona.key})}<fieldset><legend>Microsoft 365 Backup</legend>"
        f'<p class="small">{escape(_TURN_ON_PLACES[node])}</p>{_TERMS}'
        f"<button>{label}</button></fieldset></form>"
    )


def _status(tenant: Tenant) -> str:
    linked = tenant.data["billing"]["linked"]
    asked = tenant.data["billing"]["service"]["status"]
    now = service_now(tenant).status
    paid = f"{linked['resource_group']}, {linked['region']}" if linked else "not set up"
    on = "turning on" if asked == "enabled" and now == "disabled" else now
    return facts([("Billing", paid), ("Microsoft 365 Backup", on)])
