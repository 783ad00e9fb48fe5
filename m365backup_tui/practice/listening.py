"""The practice tenant on the network: loopback sockets, a certificate of its own, the ready document."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from m365backup_tui.practice.arm.world import subscriptions_of
from m365backup_tui.practice.doors import opened
from m365backup_tui.practice.entra.scopes import AZURE_CLI_CLIENT, GRAPH_CLIENT
from m365backup_tui.practice.personas import DIRECTORY_ROLE_NAMES, Persona
from m365backup_tui.practice.tenant import Tenant

CA_FILE = "practice-ca.pem"
# Requests under way get this long to finish, all of the ending a little longer: the server is gone
# within two seconds whatever its clients do.
FINISH_SECONDS = 1.0
END_SECONDS = 1.5
_TRIES = 20  # for a free port that is free on both kinds of loopback


class PortTaken(OSError):
    """Somebody else listens there. The text is a sentence for a person."""


@contextlib.asynccontextmanager
async def listening(
    tenant: Tenant, app: web.Application, folder: Path, port: int = 0
) -> AsyncIterator[dict[str, Any]]:
    """`app` answers on loopback while the block runs (port 0: a free one); gives the ready document.

    A new authority is made in `folder`; the services' doors follow the faults. What changed is
    saved before the end. Raises PortTaken.
    """
    listeners, controls = _listen(port), _listen(0)
    tenant.base_url = f"https://localhost:{listeners[0].getsockname()[1]}"
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=FINISH_SECONDS,
        logger=_logger(),
    )
    await runner.setup()
    try:
        ca_file = folder / CA_FILE
        async with opened(tenant, app, runner, (listeners, controls), _bound, ca_file):
            yield ready_document(tenant, ca_file, controls[0].getsockname()[1])
    finally:
        tenant.faults.counts.keep(tenant.state.db, also_seen=True)
        tenant.state.save_if_changed()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(runner.cleanup(), END_SECONDS)
        for listener in (*listeners, *controls):
            listener.close()
        tenant.state.save_if_changed()


def _logger() -> logging.Logger:
    """Speaks of what goes wrong here, and not of what clients send that is no HTTP: that is
    answered with 400, and a rehearsal's screen is no place for it."""
    logger = logging.getLogger(__name__)
    logger.addFilter(_is_our_fault)
    return logger


def _is_our_fault(record: logging.LogRecord) -> bool:
    wrong = record.exc_info[1] if record.exc_info else None
    return not isinstance(wrong, (HttpProcessingError, web.RequestPayloadError))


def ready_document(tenant: Tenant, ca_file: Path, control_port: int) -> dict[str, Any]:
    """What a client needs to know (design/command-line.md).

    The controls have a port of their own, which no fault closes.
    """
    base = tenant.base_url
    return {
        "base_url": base,
        "authority": f"{base}/organizations",
        "graph": f"{base}/v1.0",
        "arm": base,
        "portal": f"{base}/portal/",
        "control": f"https://localhost:{control_port}/control/",
        "ca_file": str(ca_file.resolve()),
        "tenant_id": tenant.identity.tenant_id,
        "domain": tenant.identity.domain,
        "client_ids": {"graph": GRAPH_CLIENT, "arm": AZURE_CLI_CLIENT},
        "personas": [_shown(persona) for persona in tenant.personas],
        "subscriptions": [
            {"id": sub.id, "name": sub.name, "state": sub.state, "tenant_id": sub.tenant_id}
            for sub in subscriptions_of(tenant.identity)
        ],
        "pid": os.getpid(),
    }


def _shown(persona: Persona) -> dict[str, Any]:
    return {
        "key": persona.key,
        "name": persona.name,
        "user_principal_name": persona.upn,
        "upn": persona.upn,
        "oid": persona.oid,
        "roles": sorted(DIRECTORY_ROLE_NAMES[role] for role in persona.active_roles),
        "eligible_roles": sorted(DIRECTORY_ROLE_NAMES[role] for role in persona.eligible_roles),
        "says": persona.says,
    }


def _listen(port: int) -> list[socket.socket]:
    """Sockets of one port on 127.0.0.1 and, where the machine has it, on ::1.

    Both, because `localhost` is either: a client that tries ::1 first must not find a stranger.
    """
    for _ in range(_TRIES):
        listeners = [_bound(socket.AF_INET, "127.0.0.1", port)]
        try:
            listeners.append(_bound(socket.AF_INET6, "::1", listeners[0].getsockname()[1]))
        except PortTaken:
            listeners[0].close()
            if port:
                raise
            continue
        except OSError:
            pass  # a machine without IPv6
        return listeners
    raise PortTaken("No port is free on both 127.0.0.1 and ::1. Choose one with --port.")


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError as refused:
        listener.close()
        if refused.errno in (errno.EADDRINUSE, errno.EACCES):
            why = "taken" if refused.errno == errno.EADDRINUSE else "not for you to use"
            raise PortTaken(
                f"Port {port} is {why} on {address}. Choose another with --port, or leave it out "
                "for a free one."
            ) from refused
        raise
    return listener
