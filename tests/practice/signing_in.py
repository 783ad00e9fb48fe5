"""Signs a persona in through the real msal, for tests that need a token."""

from collections.abc import Sequence
from typing import Any

import msal  # type: ignore[import-untyped]  # msal ships no types

from tests.practice.conftest import Controls, web_session

ARM_SCOPE = "https://management.azure.com/user_impersonation"


def public_client(ready: dict[str, Any], client: str = "graph") -> msal.PublicClientApplication:
    """msal pointed at the practice tenant the way reference/azure.md §4.1 found to work."""
    return msal.PublicClientApplication(
        ready["client_ids"][client],
        authority=ready["authority"],
        instance_discovery=False,
        http_client=web_session(ready),
        client_capabilities=["CP1"],
    )


def sign_in(
    ready: dict[str, Any],
    controls: Controls,
    scopes: Sequence[str],
    persona: str = "global-admin",
    client: str = "graph",
) -> dict[str, Any]:
    """The token answer of a device code sign-in: `access_token` and the rest, or `error`."""
    app = public_client(ready, client)
    flow = app.initiate_device_flow(scopes=list(scopes))
    assert "user_code" in flow, flow
    controls.approve(flow["user_code"], persona)
    answer: dict[str, Any] = app.acquire_token_by_device_flow(flow)
    return answer
