"""Signing in by browser: authorization code with PKCE. The browser comes back to a port of this host, or the address
at which it ended is pasted; both are waited for at once and the first one counts (auth.md §1.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from m365backup_tui.cloud.browser_calls import finish_browser, start_browser
from m365backup_tui.cloud.came import Came
from m365backup_tui.cloud.daemon import DaemonWorker
from m365backup_tui.cloud.loopback import Loopback, PortError, Verdict
from m365backup_tui.cloud.msal_client import Answer, MsalClient
from m365backup_tui.cloud.refusals import refusal
from m365backup_tui.domain.errors import Rejected, SignInRefused, Throttled, Unreachable
from m365backup_tui.domain.pasted_address import own, read_address, read_query
from m365backup_tui.domain.session import BrowserSignIn
from m365backup_tui.domain.settings import DEFAULT_PORT

WAITED_FOR = timedelta(minutes=15)
TRIES = 5  # to hand the code in while Entra cannot be reached; it is good for ten minutes
_FIRST_PAUSE = 2.0  # seconds, doubled each time
_LOOK_SECONDS = 1.0  # between two looks at the clock, which may jump when a laptop wakes up

_NO_PORT = (
    "The settings name no port, so the browser cannot come back by itself: paste the address."
)


@dataclass(frozen=True, slots=True)
class _Begun:
    """`came`: the answer that was taken, once there is one."""

    shown: BrowserSignIn
    client: MsalClient
    flow: Answer = field(repr=False)
    scopes: tuple[str, ...]
    claims: str | None = field(repr=False)
    came: asyncio.Future[Answer] = field(repr=False)
    listener: Loopback


class BrowserWay:
    """One sign-in at a time; a new one takes the place of the one before. `clock`: aware UTC."""

    def __init__(
        self,
        worker: DaemonWorker,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._worker = worker
        self._clock = clock
        self._sleep = sleep
        self._begun: _Begun | None = None
        self._over = ""  # the address of a sign-in that got its answer

    async def start(
        self,
        client: MsalClient,
        scopes: Sequence[str],
        claims: str | None,
        port: int,
        hint: str = "",
        tenant: str = "",
    ) -> BrowserSignIn:
        """A new address to open; from now on the port is listened on. `port` 0: nothing listens."""
        self.forget()
        redirect = f"http://localhost:{port or DEFAULT_PORT}"
        flow = await self._worker.run(start_browser, client, scopes, redirect, claims, hint, tenant)
        if "auth_uri" not in flow:
            raise refusal(flow, scopes, claims, asked=True)
        self.forget()  # another one that began meanwhile has the port
        state = str(flow["state"])
        came: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        listener = Loopback(lambda query: _judge(query, state, came))
        why = _NO_PORT
        if port:
            try:
                await listener.listen(port)
                why = ""
            except PortError as error:
                why = str(error)
        shown = BrowserSignIn(str(flow["auth_uri"]), port, why, self._clock() + WAITED_FOR)
        self.forget()
        self._begun = _Begun(shown, client, flow, tuple(scopes), claims, came, listener)
        return shown

    async def wait(self, shown: BrowserSignIn) -> Came:
        """Until the answer came and was exchanged for tokens. Cancelling ends it at once, and nobody is signed in.

        Raises SignInRefused, ConsentNeeded, StepUpNeeded, Throttled, Unreachable.
        """
        begun = self._of(shown)
        if begun is None:
            raise _replaced()
        try:
            brought = await self._arrival(begun)
            answer = await self._redeem(begun, brought)
            if self._begun is not begun:  # given up while the code was at Entra
                await self._worker.run(begun.client.discard_arrival, begun.flow)
                raise _replaced()
        except asyncio.CancelledError:
            # The code may be on its way to Entra: it must not sign anybody in any more.
            self._worker.post(lambda: begun.client.discard_arrival(begun.flow))
            raise
        finally:
            begun.listener.close()
            if self._begun is begun:
                self._begun, self._over = None, shown.url
        if "access_token" not in answer:
            raise refusal(answer, begun.scopes, begun.claims, asked=True)
        return Came(begun.client, begun.flow, answer)

    def paste(self, shown: BrowserSignIn, text: str) -> None:
        """Take the address at which the browser ended. Raises Rejected for one of no use; the wait goes on then."""
        begun = self._of(shown)
        if shown.url == self._over or (begun is not None and begun.came.done()):
            raise Rejected("This sign-in has its answer already.", "already_done")
        if begun is None:
            raise Rejected("This sign-in was given up. Ask for a new address.", "address_replaced")
        if self._clock() >= shown.expires_at:
            raise Rejected("The address shown has expired. Ask for a new one.", "expired_address")
        begun.came.set_result(read_address(text, str(begun.flow["state"])))

    def forget(self) -> None:
        """Give up what was begun: nothing listens, nothing can be pasted, whoever waits hears of it."""
        begun, self._begun = self._begun, None
        if begun is not None:
            begun.listener.close()
            begun.came.cancel()

    def _of(self, shown: BrowserSignIn) -> _Begun | None:
        return (
            self._begun if self._begun is not None and self._begun.shown.url == shown.url else None
        )

    async def _arrival(self, begun: _Begun) -> Answer:
        while not begun.came.done():
            left = (begun.shown.expires_at - self._clock()).total_seconds()
            if left <= 0:
                raise SignInRefused(
                    "The address was not used in time. Ask for a new one.", "expired_address"
                )
            await asyncio.wait({begun.came}, timeout=min(left, _LOOK_SECONDS))
        if begun.came.cancelled():
            raise _replaced()
        return begun.came.result()

    async def _redeem(self, begun: _Begun, brought: Answer) -> Answer:
        """A code works once. So it is handed in again only while it was certainly not handed in before."""
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(TRIES)):
            try:
                return await self._worker.run(finish_browser, begun.client, begun.flow, brought)
            except Throttled as error:
                if not tries_left or error.until is None:
                    raise
                await self._sleep(max(0.0, (error.until - self._clock()).total_seconds()))
            except Unreachable as error:
                if not isinstance(error.__cause__, Unreachable):
                    raise SignInRefused(
                        f"{error.what} Whether it took the browser's answer is not known, and an answer is good for "
                        "one time only: ask for a new address.",
                        "answer_lost",
                    ) from error
                if not tries_left:
                    raise
                await self._sleep(pause)
                pause *= 2
        raise AssertionError("unreachable")


def _judge(query: str, state: str, came: asyncio.Future[Answer]) -> Verdict:
    found = read_query(query)
    if not found:
        return Verdict.NOTHING
    if not own(found, state):
        return Verdict.OTHER
    if came.done():
        return Verdict.OVER
    came.set_result(found)
    return Verdict.TAKEN if "code" in found else Verdict.REFUSED


def _replaced() -> SignInRefused:
    return SignInRefused(
        "This address was replaced by a newer one, or given up.", "address_replaced"
    )
