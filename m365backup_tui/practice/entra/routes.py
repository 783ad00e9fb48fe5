"""Entra's endpoints: discovery, keys, device code, token, and the two sign-in pages."""

from html import escape
from typing import Any

from aiohttp import web

from m365backup_tui.practice.company_model import DOMAIN, TENANT_ID
from m365backup_tui.practice.entra import browser, consent, devices
from m365backup_tui.practice.entra.scopes import CLIENT_NAMES, check_client, resolve
from m365backup_tui.practice.entra.tokens import issue, redeem
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.pages import hidden, note, page, persona_choice
from m365backup_tui.practice.personas import persona_by_key
from m365backup_tui.practice.tenant import tenant_of

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def add_entra_routes(app: web.Application) -> None:
    """Register Entra's routes under every tenant name."""
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", _discovery)
    app.router.add_get("/{tenant}/discovery/v2.0/keys", _keys)
    app.router.add_post("/{tenant}/oauth2/v2.0/devicecode", _device_code)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", _token)
    app.router.add_get("/{tenant}/oauth2/v2.0/authorize", _authorize)
    app.router.add_post("/{tenant}/oauth2/v2.0/authorize", _choose)
    app.router.add_get("/{tenant}/v2.0/adminconsent", _consent_page)
    app.router.add_post("/{tenant}/v2.0/adminconsent", _consent)
    app.router.add_get("/common/oauth2/deviceauth", _device_page)
    app.router.add_post("/common/oauth2/deviceauth", _device_decision)


def _check_tenant(request: web.Request) -> str:
    name = request.match_info["tenant"].lower()
    if name not in ("organizations", "common", TENANT_ID, DOMAIN):
        # The number is general knowledge, not in the reference: UNVERIFIED.
        raise OAuthError("invalid_tenant", 90002, f"The directory '{name}' was not found.")
    return name


async def _discovery(request: web.Request) -> web.Response:
    name = _check_tenant(request)
    base = tenant_of(request).base_url
    issuer = TENANT_ID if name in (TENANT_ID, DOMAIN) else "{tenantid}"
    return web.json_response(
        {
            "issuer": f"{base}/{issuer}/v2.0",
            "authorization_endpoint": f"{base}/{name}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/{name}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/{name}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/{name}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }
    )


async def _keys(request: web.Request) -> web.Response:
    _check_tenant(request)
    return web.json_response(tenant_of(request).signer.jwks())


async def _device_code(request: web.Request) -> web.Response:
    _check_tenant(request)
    form = await _form(request)
    client_id = check_client(form.get("client_id", ""))
    return web.json_response(devices.start(tenant_of(request), client_id, form.get("scope", "")))


async def _token(request: web.Request) -> web.Response:
    _check_tenant(request)
    form = await _form(request)
    tenant = tenant_of(request)
    client_id = check_client(form.get("client_id", ""))
    grant = form.get("grant_type")
    answer: dict[str, Any]
    if grant == DEVICE_GRANT:
        answer = devices.poll(tenant, client_id, form.get("device_code", ""))
    elif grant == "refresh_token":
        persona = redeem(tenant, client_id, form.get("refresh_token", ""))
        asked = resolve(client_id, form.get("scope", ""), tenant.base_url)
        answer = issue(tenant, persona, client_id, asked)
    elif grant == "authorization_code":
        answer = browser.redeem_code(tenant, form)
    else:
        raise OAuthError("unsupported_grant_type", 70003, f"The grant type '{grant}' is not known.")
    return web.json_response(answer)


async def _authorize(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    query = dict(request.query)
    try:
        _check_tenant(request)
        browser.check_request(tenant, query)
    except OAuthError as refused:
        return _sorry(f"AADSTS{refused.number}: {refused.description}")
    if tenant.persona_auto is not None:
        persona = persona_by_key(tenant.persona_auto)
        if persona is not None:
            return _back(query, browser.sign_in(tenant, query, persona))
    body = (
        f"<p>{escape(CLIENT_NAMES[query['client_id']])} asks for: "
        f"{escape(query.get('scope', ''))}</p>"
        f'<form method="post">{hidden(query)}{persona_choice()}'
        '<button name="decision" value="approve">Sign in</button> '
        '<button name="decision" value="decline">Cancel</button></form>'
    )
    return page("Sign in", body)


async def _choose(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    form = await _form(request)
    try:
        _check_tenant(request)
        browser.check_request(tenant, form)
    except OAuthError as refused:
        return _sorry(f"AADSTS{refused.number}: {refused.description}")
    persona = persona_by_key(form.get("persona", ""))
    if form.get("decision") == "decline":
        return _back(form, browser.refuse(form))
    if persona is None:
        return _sorry("Choose who you are.")
    return _back(form, browser.sign_in(tenant, form, persona))


def _back(query: dict[str, str], values: dict[str, str]) -> web.Response:
    if query.get("response_mode") == "form_post":
        body = (
            f'<form method="post" action="{escape(query["redirect_uri"])}">{hidden(values)}'
            "<button>Go on to the application</button></form>"
        )
        return page("Signed in", body)
    return web.Response(status=302, headers={"Location": browser.redirect_address(query, values)})


async def _consent_page(request: web.Request) -> web.Response:
    query = dict(request.query)
    try:
        _check_tenant(request)
        names = consent.check_request(tenant_of(request), query)
    except OAuthError as refused:
        return _sorry(f"AADSTS{refused.number}: {refused.description}")
    body = (
        f"<p>{escape(CLIENT_NAMES[query['client_id']])} asks, for everybody in the "
        f"organisation: {escape(', '.join(names))}</p>"
        f'<form method="post">{hidden(query)}{persona_choice()}<button>Accept</button></form>'
    )
    return page("Permissions requested", body)


async def _consent(request: web.Request) -> web.Response:
    form = await _form(request)
    persona = persona_by_key(form.get("persona", ""))
    if persona is None:
        return _sorry("Choose who you are.")
    try:
        _check_tenant(request)
        return _back(form, consent.grant(tenant_of(request), form, persona))
    except OAuthError as refused:
        return _sorry(f"AADSTS{refused.number}: {refused.description}")


async def _device_page(request: web.Request) -> web.Response:
    return page("Enter the code", _device_form(request.query.get("otc", "")))


async def _device_decision(request: web.Request) -> web.Response:
    tenant = tenant_of(request)
    form = await _form(request)
    persona = persona_by_key(form.get("persona", ""))
    user_code = form.get("user_code", "")
    try:
        if form.get("decision") == "decline":
            devices.decline(tenant, user_code)
            return page("Declined", "<p>You have refused. You can close this page.</p>")
        if persona is None:
            raise ValueError("Choose who you are.")
        devices.approve(tenant, user_code, persona)
    except ValueError as wrong:
        return page(
            "Enter the code",
            f"{note(str(wrong), wrong=True)}{_device_form(user_code)}",
            status=400,
        )
    return page("Signed in", "<p>You have signed in. You can close this page.</p>")


def _device_form(user_code: str) -> str:
    return (
        "<p>Only type a code that you asked for yourself, just now.</p>"
        '<form method="post"><label>Code <input name="user_code" autocomplete="off" '
        f'value="{escape(user_code)}" autofocus></label>{persona_choice()}'
        '<button name="decision" value="approve">Approve</button> '
        '<button name="decision" value="decline">Decline</button></form>'
    )


def _sorry(text: str) -> web.Response:
    return page("Sorry, you cannot sign in", note(text, wrong=True), status=400)


async def _form(request: web.Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.post()).items()}
