"""Put the adapters of one cloud profile together: sign-in, credential, Graph, Azure. Imports no SDK by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from m365backup_tui.cloud.arm_calls import ArmCalls
from m365backup_tui.cloud.azure import ArmAzure
from m365backup_tui.cloud.backup import GraphBackup
from m365backup_tui.cloud.clock import SystemClock
from m365backup_tui.cloud.consenting import SessionRegistrar
from m365backup_tui.cloud.core_dumps import forbid_core_dumps
from m365backup_tui.cloud.credential import SessionCredential
from m365backup_tui.cloud.directory import GraphDirectory
from m365backup_tui.cloud.graph_calls import GraphCalls
from m365backup_tui.cloud.identity import READING, SessionIdentity
from m365backup_tui.cloud.profiles import Profile
from m365backup_tui.cloud.reads import OnWait
from m365backup_tui.cloud.restore_points import GraphRestorePoints
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.cloud.transport import arm_client, graph_adapter
from m365backup_tui.domain.settings import Settings, SignInSettings
from m365backup_tui.ports import Runs, StandIn, Tools
from m365backup_tui.settings_file import write_sign_in


async def connect(
    profile: Profile,
    folder: Path,
    runs: Runs,
    stand_in: StandIn | None,
    on_wait: OnWait,
    settings: Settings | None = None,
) -> tuple[Tools, Callable[[], Awaitable[None]]]:
    """The tools and what closes them. Nothing is asked of the network yet. `on_wait` hears of every pause before a
    repeated read."""
    forbid_core_dumps()
    wanted = settings or Settings()
    sign_in = SignIn(profile, folder, settings=wanted.sign_in, network=wanted.network)
    save = partial(write_sign_in, folder, profile.key)
    return await tools_of(sign_in, profile, runs, stand_in, on_wait, save)


async def tools_of(
    sign_in: SignIn,
    profile: Profile,
    runs: Runs,
    stand_in: StandIn | None,
    on_wait: OnWait,
    save: Callable[[SignInSettings], None] | None = None,
) -> tuple[Tools, Callable[[], Awaitable[None]]]:
    """The same for a sign-in that is there already; it is closed with the rest."""
    async with AsyncExitStack() as closing:  # what was opened is closed when the rest cannot be
        closing.callback(sign_in.close)
        transport = await sign_in.transport()
        credential = SessionCredential(sign_in, profile, READING)
        clock = SystemClock()
        graph = GraphCalls(
            lambda scopes: graph_adapter(transport, credential, scopes), clock, on_wait
        )
        closing.push_async_callback(graph.close)
        arm = ArmCalls(lambda: arm_client(transport, credential), profile.arm_base, clock, on_wait)
        closing.push_async_callback(arm.close)
        backup = GraphBackup(graph)

        def object_id() -> str:
            return sign_in.account.object_id if sign_in.account else ""

        directory = GraphDirectory(graph, backup, object_id, sign_in.name_tenant)
        registrar = SessionRegistrar(graph, sign_in, profile)
        for one in (arm, backup, directory, registrar):  # nothing of one tenant reaches another
            sign_in.on_change(one.forget)
        tools = Tools(
            clock=clock,
            identity=SessionIdentity(sign_in, profile, save),
            directory=directory,
            azure=ArmAzure(arm, object_id),
            backup=backup,
            runs=runs,
            stand_in=stand_in,
            registrar=registrar,
            restore_points=GraphRestorePoints(graph),
            clock_warning=lambda: transport.skew.warning,
        )
        return tools, closing.pop_all().aclose
