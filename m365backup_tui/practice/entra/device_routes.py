"""The pages where a device code is typed in, and the person signs in and consents."""

from aiohttp import web

from m365backup_tui.practice.entra import clients, consent, devices, grants, pages, strikes
from m365backup_tui.practice.entra.requests import read_form
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import tenant_of

PAGE = "/common/oauth2/deviceauth"


def add_device_routes(app: web.Application) -> None:
    """Register the page."""
    app.router.add_get(PAGE, _page)
    app.router.add_post(PAGE, _decision)


async def _page(request: web.Request) -> web.Response:
    return pages.ask_code(request.query.get("otc", ""))


async def _decision(request: web.Request) -> web.Response:
    user_code = ""
    try:
        form = await read_form(request)
        user_code = form.get("user_code", "")
        return _decide(request, form, user_code)
    except ValueError as wrong:
        return pages.ask_code(user_code, str(wrong))
    except OAuthError as refused:
        return pages.sorry(refused)


def _decide(request: web.Request, form: dict[str, str], user_code: str) -> web.Response:
    tenant = tenant_of(request)
    code = devices.find(tenant, user_code)
    if form.get("decision") == "decline" or form.get("consent") == "refuse":
        devices.decline(tenant, user_code)
        return pages.done("Declined", "You have refused.")
    client, asked = devices.asked_by(tenant, code)
    strikes.at_browser(request)
    kept = {"user_code": user_code}
    persona = tenant.personas.by_key(form.get("persona", ""))
    if persona is None:
        factor = code["second_factor"]
        return pages.pick_account(client, tenant.personas, kept, second_factor=factor)
    clients.check_assigned(tenant, client, persona)
    if form.get("consent") == "accept":
        consent.accept(tenant, client, asked, persona, form.get("everybody") == "yes")
    lacking = grants.missing(tenant, client, persona, asked)
    if lacking:
        wishes = [(asked, lacking)]
        if not grants.may_grant(tenant, persona, lacking):
            return pages.need_admin(client, wishes, {**kept, "persona": persona.key})
        admin = grants.is_application_admin(persona)
        return pages.ask_consent(client, wishes, persona, kept, admin)
    return _approve(request, user_code, persona)


def _approve(request: web.Request, user_code: str, persona: Persona) -> web.Response:
    devices.approve(tenant_of(request), user_code, persona)
    return pages.done("Signed in", "You have signed in to the application on your other device.")
