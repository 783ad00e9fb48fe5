"""Reads what a client asks for: the `scope` parameter."""

from dataclasses import dataclass

from m365backup_tui.practice.entra.clients import Client
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.scopes import (
    ARM,
    ARM_OLD,
    GRAPH,
    IDENTITY_SCOPES,
    RESOURCE_IDS,
    SCOPES,
    resource_of,
)


@dataclass(frozen=True, slots=True)
class Request:
    """Scopes of one resource, resolved.

    `audience` is the resource as it was named, `names` are delegated scopes spelled as the service
    spells them; `echo` is what the token answer's `scope` says. `default`: `.default` was asked.
    """

    resource: str
    audience: str
    names: tuple[str, ...]
    identity: tuple[str, ...]
    echo: tuple[str, ...]
    default: bool = False


def resolve(client: Client, text: str, base_url: str) -> Request:
    """Read a `scope` parameter of one resource. `base_url` as a resource means Graph (az asks so).

    Raises OAuthError: 700022 two resources, 70011 `.default` beside other scopes, 650053 unknown
    scope, 500011 unknown resource, 65002 client not pre-authorised.
    """
    several = resolve_all(client, text, base_url)
    if len(several) > 1:
        raise aadsts(700022)
    return several[0]


def resolve_all(client: Client, text: str, base_url: str) -> tuple[Request, ...]:
    """The same, one Request for each resource: the /authorize page may ask for several at once."""
    wanted = text.split()
    identity = tuple(scope for scope in wanted if scope.lower() in IDENTITY_SCOPES)
    by_audience: dict[str, list[tuple[str, str]]] = {}
    for scope in wanted:
        if scope.lower() not in IDENTITY_SCOPES:
            audience, name = _split(scope, base_url)
            by_audience.setdefault(audience, []).append((scope, name))
    asked = [name.lower() for pairs in by_audience.values() for _, name in pairs]
    if ".default" in asked and set(asked) != {".default"}:
        raise aadsts(70011, "The scope .default cannot be combined with scopes of a resource.")
    if not by_audience:
        by_audience[GRAPH] = []
    return tuple(
        _request(client, audience, pairs, identity) for audience, pairs in by_audience.items()
    )


def _request(
    client: Client, audience: str, pairs: list[tuple[str, str]], identity: tuple[str, ...]
) -> Request:
    resource = ARM if audience == ARM_OLD else audience
    plain = [name for _, name in pairs if name.lower() != ".default"]
    names = tuple(dict.fromkeys(_known(client, resource, name) for name in plain))
    echo = [scope for scope, _ in pairs]
    echo += [scope for scope in identity if scope != "offline_access"]
    return Request(
        resource, audience, names, identity, tuple(dict.fromkeys(echo)), len(plain) < len(pairs)
    )


def _split(scope: str, base_url: str) -> tuple[str, str]:
    resource, _, name = scope.rpartition("/")
    if not resource:
        return GRAPH, scope
    resource = resource.rstrip("/").lower()
    if resource in (GRAPH, base_url.lower(), RESOURCE_IDS[GRAPH]):
        return GRAPH, name
    if resource in (ARM, ARM_OLD):
        return resource, name
    known = resource_of(resource)
    if known is None:
        raise aadsts(500011, f"The resource '{resource}' was not found in this directory.")
    return known, name


def _known(client: Client, resource: str, name: str) -> str:
    every = SCOPES[resource]
    spelled = next((known for known in every if known.lower() == name.lower()), None)
    if spelled is None:
        # The number is general knowledge, not in the reference: UNVERIFIED.
        raise aadsts(650053, f"The scope '{name}' does not exist on '{resource}'.")
    if client.allowed is not None and spelled not in client.allowed[resource]:
        raise aadsts(65002)
    return spelled
