"""ARM's answers about resource providers."""

from aiohttp import web

from m365backup_tui.practice.arm import providers
from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.kinds import kinds_of, namespace_named
from m365backup_tui.practice.arm.paging import listing
from m365backup_tui.practice.arm.resources import is_in_use

_READ = "Microsoft.Resources/subscriptions/providers/read"


def _namespace(call: Call) -> str:
    return namespace_named(call.args["namespace"])


async def list_providers(call: Call) -> web.Response:
    """Resource providers with their registration."""
    sub = call.subscription
    call.require_somewhere(_READ)
    return listing(providers.all_providers(call.tenant, sub.id))


async def get_provider(call: Call) -> web.Response:
    """One resource provider."""
    sub = call.subscription
    call.require_somewhere(_READ)
    return web.json_response(providers.provider_body(call.tenant, sub.id, _namespace(call)))


async def resource_types(call: Call) -> web.Response:
    """The types of one resource provider."""
    namespace = _namespace(call)
    call.require_somewhere(_READ)
    return listing([providers.type_body(call.tenant, kind) for kind in kinds_of(namespace)])


async def tenant_providers(call: Call) -> web.Response:
    """Resource providers as the tenant sees them: without a registration state."""
    return listing(providers.all_providers(call.tenant, None))


async def tenant_provider(call: Call) -> web.Response:
    """One of them."""
    return web.json_response(providers.provider_body(call.tenant, None, _namespace(call)))


async def register(call: Call) -> web.Response:
    """Start registering a resource provider. A body (consent to third parties) may come along."""
    sub, namespace = call.subscription, _namespace(call)
    if await call.request.read():
        await call.body()
    providers.register(call.tenant, sub, namespace)
    return web.json_response(providers.provider_body(call.tenant, sub.id, namespace))


async def unregister(call: Call) -> web.Response:
    """Start unregistering a resource provider."""
    sub, namespace = call.subscription, _namespace(call)
    in_use = is_in_use(call.tenant, sub.id, namespace)
    providers.unregister(call.tenant, sub, namespace, in_use)
    return web.json_response(providers.provider_body(call.tenant, sub.id, namespace))
