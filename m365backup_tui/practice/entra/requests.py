"""What every Entra handler reads first: the tenant's name in the address, and the form."""

from aiohttp import web

from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.tenant import tenant_of

ANY_TENANT = ("organizations", "common")


def check_tenant(request: web.Request) -> str:
    """The tenant's name in the address, in small letters. Raises AADSTS90002."""
    name = request.match_info["tenant"].lower()
    own = tenant_of(request).identity
    if name not in (*ANY_TENANT, own.tenant_id, own.domain):
        raise aadsts(90002, f"The directory '{name}' was not found.")
    return name


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of the body; the last of several. Raises AADSTS90100 for one that is unreadable."""
    try:
        posted = await request.post()
    except (ValueError, LookupError, AssertionError):
        raise aadsts(90100, "The request body cannot be read as a form.") from None
    return {name: value for name, value in posted.items() if isinstance(value, str)}
