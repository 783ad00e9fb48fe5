"""The composition of one sitting: a cloud profile, its adapters, the journal, and what must be closed again.

Both faces use it: the wizard opens it after its first frame, the headless commands before they begin.
Imports of SDKs happen inside, off the first frame.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from m365backup_tui.options import Options
from m365backup_tui.state import Links, Pause, Paused, Place
from m365backup_tui.wizard import Wizard

if TYPE_CHECKING:
    from m365backup_tui.cloud.profiles import Profile
    from m365backup_tui.ports import StandIn


class Session:
    """`open` equips the wizard; `close` ends everything that `open` started, in reverse order."""

    def __init__(self, options: Options, wizard: Wizard) -> None:
        self.options = options
        self.wizard = wizard
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Raises Broken when the practice tenant does not start; then nothing is left running."""
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise

    async def close(self) -> None:
        await self._stack.aclose()

    async def _open(self) -> None:
        from m365backup_tui.cloud.profiles import global_profile, practice_profile
        from m365backup_tui.cloud.redact import quiet_sdks

        quiet_sdks()
        if not self.options.practice:
            await self._equip(global_profile(self.options.tenant), None)
            return
        from m365backup_tui.cloud.practice import PracticeStandIn, start_practice
        from m365backup_tui.cloud.transport import tls_context

        folder = self.options.folder / "practice-tenant"
        process = await self._stack.enter_async_context(
            await start_practice(folder, scenarios=self.options.scenarios)
        )
        profile = practice_profile(process.ready)
        stand_in = PracticeStandIn(process.ready, tls_context(profile, {}))
        self._stack.push_async_callback(stand_in.close)
        await self._equip(profile, stand_in)

    async def _equip(self, profile: Profile, stand_in: StandIn | None) -> None:
        from m365backup_tui.cloud.connect import connect
        from m365backup_tui.journal.runs import FileRuns

        runs = FileRuns(self.options.folder / profile.key, "m365backup-tui")
        tools, close = await connect(profile, self.options.folder, runs, stand_in, self._waits)
        self._stack.push_async_callback(close)
        self.wizard.equip(tools, place(profile))

    def _waits(self, reason: str, until: datetime) -> None:
        """Waits before repeated reads are told, never silent (rule R4)."""
        self.wizard.store.send(Paused(Pause(reason, until)))


def place(profile: Profile) -> Place:
    """What screens may know of a profile."""
    links = profile.links
    return Place(
        key=profile.key,
        label=profile.label if profile.stand_in else "",
        stand_in=profile.stand_in,
        links=Links(
            billing_node=links.billing_newer.url,
            setup_node=links.billing_older.url,
            turn_on=links.turn_on.url,
            policies=links.policies.url,
            create_subscription=links.new_subscription.url,
            pim=links.activate_role.url,
            azure_pim=links.activate_role.url,
        ),
    )
