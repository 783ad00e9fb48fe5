"""The practice admin center: the places where billing is set up and Backup is turned on and off.

The wizard cannot do these steps (azure.md §0); it hands over a link. These pages are what the link
opens in practice. They are forms without scripts, for any browser and any HTTP client. Labels
follow admin-center.md §1.2 and §1.3. Who is at the browser is chosen, not signed in.
"""

from collections.abc import Mapping

from aiohttp import web

from m365backup_tui.practice.errors import ApiError
from m365backup_tui.practice.pages import hidden, note, page, paragraph, persona_choice
from m365backup_tui.practice.portal import backup, billing, elsewhere, setup
from m365backup_tui.practice.portal.parts import Page, Visitor, status
from m365backup_tui.practice.tenant import tenant_of

PAGES = {
    one.path: one
    for one in (
        *setup.PAGES,
        *billing.PAGES,
        *backup.PAGES,
        *elsewhere.PAGES,
    )
}


def add_portal_routes(app: web.Application) -> None:
    """Register the pages."""
    app.router.add_get("/portal", _home)
    app.router.add_get("/portal/", _home)
    app.router.add_get("/portal/{page}", _show)
    app.router.add_post("/portal/{page}", _act)
    app.router.add_post("/portal/{page}/{action}", _act)


async def _home(request: web.Request) -> web.Response:
    body = (
        status(tenant_of(request))
        + paragraph(
            "Billing for Microsoft 365 Backup is set up in one of two places: Billing in "
            "organizations that began after 2026-04-01, Setup in older ones. Here, the one that is "
            "used first decides which kind of organization this is."
        )
        + "<h2>Pages</h2>"
    )
    listed = "".join(
        f'<li><a href="/portal/{one.path}">{one.title}</a><br><span class="small">'
        f"{one.where.replace('>', '&gt;')}</span></li>"
        for one in PAGES.values()
    )
    return page("Practice admin center", f"{body}<ul>{listed}</ul>")


async def _show(request: web.Request) -> web.Response:
    shown = _page(request)
    form = dict(request.query)
    persona = tenant_of(request).personas.by_key(form.get("persona", ""))
    if persona is None:
        # What the link brought along (subscription, group, region) is kept for the form after this.
        kept = hidden({name: text for name, text in form.items() if name != "persona"})
        who = persona_choice(tenant_of(request).personas)
        body = f'<form method="get">{kept}{who}<button>Continue</button></form>'
        return page(shown.title, body, where=shown.where)
    return _answer(shown, Visitor(tenant_of(request), persona, form))


async def _act(request: web.Request) -> web.Response:
    shown = _page(request)
    action = shown.actions.get(request.match_info.get("action", ""))
    if action is None:
        raise web.HTTPNotFound
    form = await _form(request)
    persona = tenant_of(request).personas.by_key(form.get("persona", ""))
    if persona is None:
        return page(shown.title, note("Choose who you are.", wrong=True), status=400)
    visitor = Visitor(tenant_of(request), persona, form)
    try:
        said = action(visitor)
    except ApiError as refused:
        return _answer(shown, visitor, note(refused.message, wrong=True), refused.status)
    return _answer(shown, Visitor(visitor.tenant, persona, {}), note(said))


def _answer(shown: Page, visitor: Visitor, said: str = "", code: int = 200) -> web.Response:
    body = said + status(visitor.tenant) + shown.view(visitor)
    beside = [("/portal/", "All pages")]
    beside += [
        (f"/portal/{one.path}?persona={visitor.persona.key}", one.menu) for one in PAGES.values()
    ]
    return page(shown.title, body, code, shown.where, beside)


def _page(request: web.Request) -> Page:
    found = PAGES.get(request.match_info["page"])
    if found is None:
        raise web.HTTPNotFound
    return found


async def _form(request: web.Request) -> Mapping[str, str]:
    try:
        return {name: str(value) for name, value in (await request.post()).items()}
    except (ValueError, LookupError, AssertionError):
        return {}  # not a form: the page asks again who it is
