"""Import the SDKs before they are needed, on a thread: the event loop never stands still for an import.

What an import makes lives as long as the program. It is kept out of garbage collection: with the Graph models loaded
one full collection took 100 to 140 ms on the loop (tests/bench/stalls.py, 2026-11-21), and `gc.freeze` makes it a few.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from m365backup_tui.domain.errors import Broken
from m365backup_tui.garbage import uncollected


def load(*modules: str) -> None:
    """Import these."""
    with uncollected():
        for name in modules:
            import_module(name)


@cache
def load_http() -> None:
    """The client that Graph and the practice tenant's control endpoint are asked with."""
    load("httpx", "httpcore", "h2.connection", "anyio._backends._asyncio")


@cache
def load_azure() -> None:
    """The Azure client and its transport (aiohttp makes two TLS contexts when it is imported: 40 ms)."""
    load("aiohttp", "azure.core.rest", "azure.mgmt.resource.resources.aio")
    with uncollected():
        from azure.core.pipeline import transport

        _ = transport.AioHttpTransport  # loaded when it is first named


@cache
def load_graph() -> None:
    """The Graph client and its models; one policy is parsed, because models import their parts when first used.

    Takes a second or two. Raises Broken when the library cannot read the policy.
    """
    load("msgraph.graph_service_client", "msgraph.generated.models.o_data_errors.o_data_error")
    with uncollected():
        from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
        from msgraph.generated.models.exchange_protection_policy import ExchangeProtectionPolicy

        node = JsonParseNodeFactory().get_root_parse_node(
            "application/json",
            b'{"@odata.type":"#microsoft.graph.exchangeProtectionPolicy","id":"0","status":"active",'
            b'"mailboxProtectionUnits":[{"id":"0","status":"protected"}]}',
        )
        policy = node.get_object_value(ExchangeProtectionPolicy)
    if policy is None:
        raise Broken("The Graph library cannot read a protection policy.")


def warm_up() -> None:
    """Everything that the first calls need."""
    load_http()
    load_graph()
    load_azure()
