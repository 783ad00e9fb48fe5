"""Two processes that sign in at the same moment, on one file: nobody is lost, and nobody is forgotten for the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from m365backup_tui.cloud.msal_client import Answer, MsalClient
from m365backup_tui.cloud.profiles import practice_profile
from m365backup_tui.cloud.transport import open_transport
from tests.practice.conftest import Controls
from tests.unit.token_making import token_file

SCOPES = ["https://graph.microsoft.com/User.Read"]


def names(client: MsalClient) -> list[str]:
    return sorted(known.account.username.split("@")[0] for known in client.accounts())


def one_comes_in_while_another_does(
    ready: dict[str, Any], controls: Controls, folder: Path
) -> tuple[MsalClient, MsalClient, Answer]:
    """The two processes, and the sign-in of the first: when its tokens come, the second is in the file."""
    profile = practice_profile(ready)
    first, second = (
        MsalClient(open_transport(profile, {}), profile.graph_client_id, token_file(folder))
        for _ in range(2)
    )
    flow, other = first.start_code(SCOPES, None), second.start_code(SCOPES, None)
    controls.approve(flow["user_code"], "global-admin")
    controls.approve(other["user_code"], "exchange-admin")

    def redeem(app: Any) -> Answer:
        came = second.poll_code(other, None)
        assert "access_token" in came, came
        answer: Answer = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
        return answer

    came = first.arrive(redeem, flow)
    assert "access_token" in came, came
    return first, second, flow


def test_who_comes_in_while_another_process_writes_is_not_lost(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    first, second, _ = one_comes_in_while_another_does(ready, controls, tmp_path / "signin")
    assert names(first) == ["adele.vance", "dmitri.orlov"]
    assert names(second) == names(first)


def test_who_is_discarded_takes_nobody_along(
    ready: dict[str, Any], controls: Controls, tmp_path: Path
) -> None:
    first, second, flow = one_comes_in_while_another_does(ready, controls, tmp_path / "signin")
    first.discard_arrival(flow)
    assert names(first) == ["dmitri.orlov"]
    assert names(second) == names(first)
