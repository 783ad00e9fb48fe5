"""What MSAL is asked for a sign-in by browser: the address to open, and tokens for the code that comes back.

Blocking; on the sign-in thread. MSAL's own listener takes forms only and its interactive call cannot be cancelled, so
the two steps are taken one by one (auth.md §1.3). PKCE, state and nonce are MSAL's, and checked by it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from m365backup_tui.cloud.msal_client import Answer, MsalClient
from m365backup_tui.domain.errors import SignInRefused

# The code in the address is used once, and worth nothing without the verifier in this process's memory. A form, which
# MSAL would rather have, cannot be pasted.
_QUERY_MODE = r"response_mode='form_post' is recommended for better security\."


def start_browser(
    client: MsalClient,
    scopes: Sequence[str],
    redirect: str,
    claims: str | None,
    hint: str,
    tenant: str = "",
) -> Answer:
    """MSAL's flow: `auth_uri` is the address to open. `hint`: the user name of who has to come, "" for anybody.

    With `claims` the person signs in again, whatever the browser remembers of them.
    """
    warnings.filterwarnings(
        "ignore", _QUERY_MODE, category=UserWarning, module=r"msal\.oauth2cli\.oauth2"
    )
    prompt = "login" if claims else None if hint else "select_account"
    flow = client.ask(
        lambda app: app.initiate_auth_code_flow(
            list(scopes),
            redirect_uri=redirect,
            response_mode="query",
            prompt=prompt,
            login_hint=hint or None,
            claims_challenge=claims,
        ),
        tenant,
    )
    return {**flow, "tenant": tenant}


def finish_browser(client: MsalClient, flow: Answer, brought: Mapping[str, str]) -> Answer:
    """The tokens, or an answer with `error`: Entra's, or what the browser brought. Changes `flow` as a poll does.

    Raises Unreachable whose cause is Unreachable where nothing was sent: the code is still good then.
    """

    def redeem(app: Any) -> Answer:
        # The connection of the first step has been idle for minutes: a firewall may have dropped it unheard, and a
        # code that was sent into it is lost.
        app.http_client.close()
        answer: Answer = app.acquire_token_by_auth_code_flow(dict(flow), dict(brought))
        return answer

    try:
        return client.arrive(redeem, flow)
    except RuntimeError:  # what MSAL raises for an id token of another sign-in; its text quotes it
        client.discard_arrival(flow)
    raise SignInRefused(
        "The answer of the sign-in service does not belong to this sign-in.", "wrong_id_token"
    )
