"""One credential for both SDKs: it asks the sign-in for a token and never asks the person.

When a person has to act, the typed error (StepUpNeeded, ConsentNeeded, NotSignedIn) goes through the SDK
up to the caller, who shows the step that mends it and sends the same request again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from m365backup_tui.cloud import renewal
from m365backup_tui.cloud.profiles import Profile, Resource
from m365backup_tui.domain.errors import Broken

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions


class TokenSource(Protocol):
    """What the credential needs of a sign-in."""

    async def token(
        self,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        *,
        fresh: bool = False,
    ) -> tuple[str, int]:
        """An access token and when it ends (seconds since 1970), without asking anybody. `fresh`: a new one."""
        ...


class SessionCredential:
    """Tokens of the signed-in person for kiota (Graph) and azure-core (ARM)."""

    def __init__(self, source: TokenSource, profile: Profile, scopes: Sequence[str]) -> None:
        """`scopes`: the Graph scopes asked for when a caller names none."""
        self._source = source
        self._profile = profile
        self._scopes = tuple(scopes)
        self._renewing = asyncio.Lock()
        self._renewed: dict[tuple[Resource, tuple[str, ...]], int] = {}

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **kwargs: Any,
    ) -> AccessToken:
        """For azure-core and kiota. An AccessToken, not AccessTokenInfo: kiota sends no
        Authorization header for the latter (measured, auth.md §1.8). `tenant_id` is not followed: the
        session belongs to one tenant. CAE is always on (client capability CP1)."""
        from azure.core.credentials import AccessToken

        return AccessToken(*await self._token(scopes, claims))

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """The newer azure-core form; `options["claims"]` carries a challenge."""
        from azure.core.credentials import AccessTokenInfo

        return AccessTokenInfo(*await self._token(scopes, (options or {}).get("claims")))

    def graph_token_provider(
        self, allowed_hosts: Sequence[str], scopes: Sequence[str] | None = None
    ) -> Any:
        """A kiota `AccessTokenProvider` that serves `allowed_hosts` only.

        Kiota's own provider sends an empty token to a foreign host and fails on claims without
        base64 padding, which Entra sends (measured, auth.md §1.8).
        """
        return _graph_provider(self, tuple(allowed_hosts), tuple(scopes or self._scopes))

    async def close(self) -> None:
        """Nothing is held here; the sign-in is closed by its owner."""

    async def __aenter__(self) -> SessionCredential:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _token(self, scopes: Sequence[str], claims: str | None) -> tuple[str, int]:
        arm = f"{_origin(self._profile.arm_scope)}/"
        if scopes and scopes[0].startswith(arm):
            return await self._given(Resource.ARM, (self._profile.arm_scope,), claims)
        graph = f"{self._profile.graph_resource}/"
        named = tuple(scope.removeprefix(graph) for scope in scopes)
        if any("://" in scope for scope in named):
            raise Broken(f"A token was asked for something else than Graph and Azure: {scopes[0]}")
        wanted = named if named and named != (".default",) else self._scopes
        return await self._given(Resource.GRAPH, wanted, claims)

    async def _given(
        self, resource: Resource, scopes: tuple[str, ...], claims: str | None
    ) -> tuple[str, int]:
        """A fresh token where the service took the last one for expired; one refresh serves all who wait for it."""
        since = renewal.wanted_since()
        if since is None or claims is not None:  # claims are always answered with a new token
            return await self._source.token(resource, scopes, claims)
        async with self._renewing:
            fresh = self._renewed.get((resource, scopes), 0) < since
            given = await self._source.token(resource, scopes, claims, fresh=fresh)
            if fresh:
                self._renewed[resource, scopes] = renewal.moment()
            return given


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def decode_claims(encoded: str) -> str:
    """The claims of a WWW-Authenticate header as JSON text; base64 with or without padding."""
    import base64

    tidy = encoded.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(tidy + "=" * (-len(tidy) % 4), validate=True).decode()
    except ValueError as error:  # no base64, or no UTF-8 inside
        raise Broken("Graph asked for a fresh sign-in in a form that cannot be read.") from error


def _graph_provider(
    credential: SessionCredential, allowed_hosts: tuple[str, ...], scopes: tuple[str, ...]
) -> Any:
    from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator

    validator = AllowedHostsValidator(list(allowed_hosts))

    class GraphTokenProvider(AccessTokenProvider):
        async def get_authorization_token(
            self,
            uri: str,
            additional_authentication_context: dict[str, Any] = {},  # noqa: B006  # kiota's signature
        ) -> str:
            parts = urlsplit(uri)
            if parts.scheme != "https" or parts.hostname not in allowed_hosts:
                raise Broken(f"A link leads to a host that gets no token: {parts.hostname}")
            encoded = (additional_authentication_context or {}).get("claims")
            claims = decode_claims(encoded) if isinstance(encoded, str) and encoded else None
            return (await credential.get_token(*scopes, claims=claims, enable_cae=True)).token

        def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
            return validator

    return GraphTokenProvider()
