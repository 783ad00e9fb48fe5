"""The pages of the browser sign-in: picking an account, consent, admin consent, signing out."""

from aiohttp import web

from m365backup_tui.practice.entra import (
    browser,
    clients,
    consent,
    grants,
    pages,
    sessions,
    strikes,
)
from m365backup_tui.practice.entra.browser import Asked, Query
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.requests import check_tenant, read_form
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.personas import Persona
from m365backup_tui.practice.tenant import tenant_of

COOKIE = "practice-signed-in"
# Fields of our own forms; everything else a form carries is the client's query.
OURS = ("persona", "decision", "consent", "everybody")


def add_browser_routes(app: web.Application) -> None:
    """Register the pages under every tenant name."""
    for method in ("GET", "POST"):
        app.router.add_route(method, "/{tenant}/oauth2/v2.0/authorize", _authorize)
        app.router.add_route(method, "/{tenant}/v2.0/adminconsent", _admin_consent)
        app.router.add_route(method, "/{tenant}/oauth2/v2.0/logout", _logout)


async def _authorize(request: web.Request) -> web.Response:
    try:
        query, ours = await _read(request)
        client = browser.check_address(tenant_of(request), query, check_tenant(request))
        strikes.at_browser(request)
    except OAuthError as refused:
        return pages.sorry(refused)
    try:
        asked = browser.check_request(tenant_of(request), query, client)
        return _sign_in(request, query, ours, asked)
    except OAuthError as refused:
        return _back(query, browser.refuse(query, refused))


def _sign_in(request: web.Request, query: Query, ours: Query, asked: Asked) -> web.Response:
    tenant = tenant_of(request)
    chosen = tenant.personas.by_key(ours.get("persona", ""))
    auto = tenant.personas.by_key(tenant.persona_auto or "")
    since = sessions.seconds(tenant)
    known = None
    remembered = browser.remembered(tenant, request.cookies.get(COOKIE, ""), asked)
    if remembered is not None and asked.prompt not in ("login", "select_account"):
        known, since = remembered
    if ours.get("decision") == "decline" or ours.get("consent") == "refuse":
        raise aadsts(65004, "The user declined to sign in or to consent.")
    if chosen is None and "decision" in ours:
        return pages.sorry(aadsts(50034, "Choose who you are."))
    if asked.prompt == "none":
        return _silently(request, query, asked, known, since)
    hint = query.get("login_hint", "")
    if known is not None and hint.lower() not in ("", known.upn.lower()):
        known = None
    persona = chosen or auto or known
    if persona is None:
        factor = asked.wanted.second_factor
        return pages.pick_account(asked.client, tenant.personas, query, hint, factor)
    try:
        clients.check_assigned(tenant, asked.client, persona)
    except OAuthError as refused:
        return pages.sorry(refused)
    stop = _consent(
        request, query, ours, asked, persona, by_hand=chosen is not None or auto is None
    )
    if stop is not None:
        return stop
    at = since if persona is known else sessions.seconds(tenant)
    response = _back(query, browser.sign_in(tenant, query, asked, persona, at))
    if known is not persona:
        _keep(request, response, persona)
    return response


def _consent(
    request: web.Request, query: Query, ours: Query, asked: Asked, persona: Persona, by_hand: bool
) -> web.Response | None:
    """The page that still has to be answered, or None when all is consented to."""
    tenant = tenant_of(request)
    everybody = ours.get("everybody") == "yes"
    if ours.get("consent") == "accept":
        try:
            for one in asked.several:
                consent.accept(tenant, asked.client, one, persona, everybody)
        except OAuthError as refused:
            return pages.sorry(refused)
        return None
    if not by_hand:  # nobody to ask: what is not small stays missing, and the token request says so
        for one in asked.several:
            consent.accept_small(tenant, asked.client, one, persona)
        return None
    lacking = [(one, grants.missing(tenant, asked.client, persona, one)) for one in asked.several]
    if asked.prompt == "consent":
        lacking = [(one, names or one.names) for one, names in lacking]
    lacking = [(one, names) for one, names in lacking if names]
    if not lacking:
        return None
    admin = grants.is_application_admin(persona)
    if all(grants.may_grant(tenant, persona, names) for _, names in lacking):
        return pages.ask_consent(asked.client, lacking, persona, query, admin)
    return pages.need_admin(asked.client, lacking, {**query, "persona": persona.key})


def _silently(
    request: web.Request, query: Query, asked: Asked, known: Persona | None, since: int
) -> web.Response:
    if known is None:
        raise aadsts(50058)
    tenant = tenant_of(request)
    clients.check_assigned(tenant, asked.client, known)
    if asked.wanted.second_factor:
        raise _interaction(50076)
    for one in asked.several:
        if grants.missing(tenant, asked.client, known, one):
            raise _interaction(65001)
    return _back(query, browser.sign_in(tenant, query, asked, known, since))


def _interaction(number: int) -> OAuthError:
    refused = aadsts(number)
    refused.error = "interaction_required"
    return refused


async def _admin_consent(request: web.Request) -> web.Response:
    try:
        query, ours = await _read(request)
        check_tenant(request)
        tenant = tenant_of(request)
        client, several = consent.check_admin_request(tenant, query)
        if ours.get("consent") == "refuse":
            return _back(query, consent.refuse_for_all(query))
        persona = tenant.personas.by_key(ours.get("persona", ""))
        if request.method == "POST" and persona is not None:
            return _back(query, consent.grant_for_all(tenant, query, persona))
    except OAuthError as refused:
        return pages.sorry(refused)
    wishes = [(one, consent.admin_names(client, one)) for one in several]
    return pages.admin_consent(client, tenant.personas, wishes, query)


async def _logout(request: web.Request) -> web.Response:
    """Sign the browser out, and go to `post_logout_redirect_uri` if it is some client's own.

    Which client asks is not said in the request; so any known client's address does: a choice.
    """
    try:
        query, _ = await _read(request)
        check_tenant(request)
    except OAuthError as refused:
        return pages.sorry(refused)
    tenant = tenant_of(request)
    browser.forget(tenant, request.cookies.get(COOKIE, ""))
    address = query.get("post_logout_redirect_uri", "")
    if address and clients.is_anyones(tenant, address):
        target = {"redirect_uri": address}
        response = _back(target, browser.state_of(query))
    else:
        response = pages.done("Signed out", "You are signed out of this browser.")
    response.del_cookie(COOKIE, path="/", secure=True, httponly=True)
    return response


async def _read(request: web.Request) -> tuple[Query, Query]:
    """The client's query, and the fields of our own forms."""
    fields = {**request.query, **(await read_form(request) if request.method == "POST" else {})}
    return (
        {name: value for name, value in fields.items() if name not in OURS},
        {name: value for name, value in fields.items() if name in OURS},
    )


def _keep(request: web.Request, response: web.Response, persona: Persona) -> None:
    key = browser.remember(tenant_of(request), persona)
    response.set_cookie(COOKIE, key, path="/", secure=True, httponly=True, samesite="Lax")


def _back(query: Query, values: Query) -> web.Response:
    if query.get("response_mode") == "form_post":
        return pages.go_back(query["redirect_uri"], values)
    address = browser.redirect_address(query, values) if values else query["redirect_uri"]
    return web.Response(status=302, headers={"Location": address})
