"""Entra's endpoints for programs: discovery, keys, device code, token."""

from functools import partial

from aiohttp import web

from m365backup_tui.practice.entra import (
    asking,
    browser,
    challenges,
    clients,
    devices,
    sessions,
    strikes,
)
from m365backup_tui.practice.entra.browser_routes import add_browser_routes
from m365backup_tui.practice.entra.device_routes import add_device_routes
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.requests import check_tenant, read_form
from m365backup_tui.practice.entra.tokens import issue
from m365backup_tui.practice.tenant import tenant_of

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def add_entra_routes(app: web.Application) -> None:
    """Register Entra's routes under every tenant name."""
    app.router.add_get("/common/discovery/instance", _instance)
    # `az login --tenant <domain>` puts a slash of its own before the tenant's name.
    for path in ("v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"):
        app.router.add_get(f"/{{slash:/?}}{{tenant}}/{path}", _discovery)
    app.router.add_get("/{tenant}/discovery/v2.0/keys", _keys)
    app.router.add_get("/{tenant}/discovery/keys", _keys)
    app.router.add_post("/{tenant}/oauth2/v2.0/devicecode", _device_code)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", _token)
    for end in ("devicecode", "token"):
        app.router.add_get(f"/{{tenant}}/oauth2/v2.0/{end}", _only_post)
    add_browser_routes(app)
    add_device_routes(app)


async def _discovery(request: web.Request) -> web.Response:
    name = check_tenant(request)
    base, own = tenant_of(request).base_url, tenant_of(request).identity
    tid = own.tenant_id if name in (own.tenant_id, own.domain) else "{tenantid}"
    second = "/v2.0/" in request.path
    # Tokens for Graph and Azure carry the older issuer whichever endpoint gave them.
    issuer = f"{base}/{tid}/v2.0" if second else f"https://sts.windows.net/{tid}/"
    return web.json_response(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{base}/{name}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/{name}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "device_authorization_endpoint": f"{base}/{name}/oauth2/v2.0/devicecode",
            "end_session_endpoint": f"{base}/{name}/oauth2/v2.0/logout",
            "jwks_uri": f"{base}/{name}/discovery/{'v2.0/' if second else ''}keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "claims_supported": [
                *("sub", "iss", "aud", "exp", "iat", "nonce", "tid", "ver", "oid"),
                *("name", "preferred_username", "email"),
            ],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "cloud_graph_host_name": "graph.windows.net",
            "msgraph_host": "graph.microsoft.com",
        }
    )


async def _instance(request: web.Request) -> web.Response:
    # For clients that look an authority up first; msal does unless told not to.
    base = tenant_of(request).base_url
    host = base.removeprefix("https://")
    entry = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
    return web.json_response(
        {
            "tenant_discovery_endpoint": f"{base}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [entry],
        }
    )


async def _keys(request: web.Request) -> web.Response:
    check_tenant(request)
    return web.json_response(tenant_of(request).signer.jwks())


async def _only_post(request: web.Request) -> web.Response:
    raise aadsts(900561)


async def _device_code(request: web.Request) -> web.Response:
    name = check_tenant(request)
    form = await read_form(request)
    strikes.anywhere(request)
    tenant = tenant_of(request)
    client = clients.find(tenant, form.get("client_id", ""), name)
    if not form.get("scope", "").strip():
        raise aadsts(900144, "The parameter scope is missing.")
    wanted = challenges.read(form.get("claims", ""))
    return web.json_response(devices.start(tenant, client, form["scope"], wanted))


async def _token(request: web.Request) -> web.Response:
    name = check_tenant(request)
    form = await read_form(request)
    strikes.anywhere(request)
    tenant = tenant_of(request)
    grant = _needed(form, "grant_type")
    client = clients.find(tenant, form.get("client_id", ""), name)
    wanted = challenges.read(form.get("claims", ""))
    if "client_secret" in form or "client_assertion" in form:
        # No application here has a secret, so whoever sends one is a public client.
        raise aadsts(700025 if client.public else 7000215)
    if grant == "client_credentials":
        raise aadsts(7000218)
    if grant in (DEVICE_GRANT, "authorization_code"):
        strike = partial(strikes.before_sign_in, request)
        if grant == DEVICE_GRANT:
            if not client.public:  # only here: a code's redirect address tells the kind of client
                raise aadsts(7000218)
            strikes.at_device_poll(request)
            code = form.get("code") or _needed(form, "device_code")
            answer = devices.poll(tenant, client, code, wanted, strike)
        else:
            _needed(form, "code")
            answer = browser.redeem_code(tenant, client, form, wanted, strike)
        return web.json_response(answer)
    if grant != "refresh_token":
        # The password grant is not offered: nobody here has a password (auth.md §1.1).
        raise aadsts(70003, f"The grant type '{grant}' is not offered.")
    token = _needed(form, "refresh_token")
    strikes.at_refresh(request)
    session = sessions.redeem(tenant, client.app_id, token)
    # choice: without a scope it is the one of the answer that the refresh token came with.
    asked = asking.resolve(client, form.get("scope") or session.scope, tenant.base_url)
    strikes.before_refresh(request, asked, session)
    if wanted.second_factor and not session.second_factor:
        raise aadsts(50076, claims=wanted.text)
    return web.json_response(issue(tenant, session, client, asked, wanted))


def _needed(form: dict[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise aadsts(900144, f"The parameter {name} is missing.")
    return value
