"""The ways a person signs in: each begins with what the screen shows, and ends in Entra's answer.

A cancelled wait ends at once; what was on its way must not sign anybody in any more (auth.md §1.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from m365backup_tui.cloud.browser_way import BrowserWay
from m365backup_tui.cloud.came import Came as Came
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.msal_client import Answer, MsalClient
from m365backup_tui.cloud.refusals import harmless, refusal
from m365backup_tui.domain.errors import SignInRefused, Throttled, Unreachable
from m365backup_tui.domain.session import BrowserSignIn, DeviceCode

FAILED_POLLS_IN_A_ROW = 5  # a dropped line comes back; a code is not given up for one lost answer
_PENDING = ("authorization_pending", "slow_down")


@dataclass(frozen=True, slots=True)
class _Flow:
    client: MsalClient
    flow: Answer = field(repr=False)
    claims: str | None = field(repr=False)


class Ways:
    """`clock`: aware UTC."""

    def __init__(
        self,
        worker: DaemonWorker,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._worker = worker
        self._clock = clock
        self._sleep = sleep
        self._codes: dict[str, _Flow] = {}
        self._browser = BrowserWay(worker, clock, sleep)

    async def start_code(
        self, client: MsalClient, scopes: Sequence[str], claims: str | None, tenant: str = ""
    ) -> DeviceCode:
        """A new code; it replaces the one before. `tenant`: whose authority is asked, "" for the profile's."""
        answer = await self._worker.run(client.start_code, scopes, claims, tenant)
        if "user_code" not in answer:
            raise refusal(answer, scopes, claims, asked=True)
        self._browser.forget()
        code = DeviceCode(
            user_code=str(answer["user_code"]),
            verification_uri=str(answer["verification_uri"]),
            expires_at=self._clock() + timedelta(seconds=int(answer["expires_in"])),
            interval=int(answer.get("interval", 5)),
            message=str(answer.get("message", "")),
        )
        self._codes = {code.user_code: _Flow(client, answer, claims)}
        return code

    async def start_browser(
        self,
        client: MsalClient,
        scopes: Sequence[str],
        claims: str | None,
        port: int,
        hint: str = "",
        tenant: str = "",
    ) -> BrowserSignIn:
        """A new address to open; it replaces the one before, and a code. `hint`: the user name of who has to come."""
        self._codes = {}
        return await self._browser.start(client, scopes, claims, port, hint, tenant)

    async def wait_for_browser(self, begun: BrowserSignIn) -> Came:
        """Until the browser came back or its address was pasted. Raises as `wait_for_code`."""
        return await self._browser.wait(begun)

    def paste(self, begun: BrowserSignIn, address: str) -> None:
        """The address at which the browser ended. Raises Rejected for one of no use."""
        self._browser.paste(begun, address)

    async def wait_for_code(self, code: DeviceCode) -> Came:
        """Until the person has used `code`. Raises SignInRefused, ConsentNeeded, StepUpNeeded, Unreachable."""
        if code.user_code not in self._codes:
            raise _replaced()
        begun = self._codes[code.user_code]
        try:
            answer = await self._poll(begun, code)
        except asyncio.CancelledError:
            # The poll on its way may still succeed: it must not sign anybody in any more.
            self._worker.post(lambda: begun.client.discard_arrival(begun.flow))
            raise
        if self._codes.pop(code.user_code, None) is None:  # another code or way began meanwhile
            await self._worker.run(begun.client.discard_arrival, begun.flow)
            raise _replaced()
        return Came(begun.client, begun.flow, answer)

    def forget(self) -> None:
        """Nothing that was begun can be waited for any more."""
        self._codes = {}
        self._browser.forget()

    async def _poll(self, begun: _Flow, code: DeviceCode) -> Answer:
        """The time left is counted in waits, not by the host's clock, which may be put right meanwhile; Entra says by
        itself when the code is over."""
        lost, left = 0, float(begun.flow.get("expires_in", 900))
        pause = 0.0
        while True:
            pause = max(pause, float(begun.flow.get("interval", code.interval)))
            await self._sleep(pause)
            left, pause = left - pause, 0.0
            if code.user_code not in self._codes:
                raise _replaced()
            if left <= 0:
                raise SignInRefused("The code has expired.", "expired_token")
            try:
                answer = await self._worker.run(begun.client.poll_code, begun.flow, begun.claims)
                if "access_token" in answer:
                    return answer
                if answer.get("error") not in _PENDING and not harmless(answer):
                    raise refusal(answer, (), begun.claims, asked=True)
                lost = 0
            except (Unreachable, Throttled) as error:
                until = error.until if isinstance(error, Throttled) else None
                pause = (until - self._clock()).total_seconds() if until else 0.0
                lost += 1
                if lost >= FAILED_POLLS_IN_A_ROW:
                    raise


def _replaced() -> SignInRefused:
    return SignInRefused("This code was replaced by a newer one, or given up.", "code_replaced")
