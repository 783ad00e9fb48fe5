"""SDKs are loaded by `warm_up`, on a thread: what the event loop does afterwards imports none of their modules."""

from __future__ import annotations

import subprocess
import sys

LATER = """
import asyncio, gc, sys
from m365backup_tui.cloud.loading import warm_up
warm_up()
assert gc.isenabled()
assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()
before = set(sys.modules)

async def first_calls():
    import httpx
    from m365backup_tui.cloud.profiles import global_profile
    from m365backup_tui.cloud.transport import arm_client, open_transport
    class Nobody:
        async def get_token(self, *scopes, **options):
            raise AssertionError("nothing is sent")
    client = arm_client(open_transport(global_profile("organizations"), {}), Nobody())
    await client.close()
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            await client.get("http://127.0.0.1:9/")
        except httpx.TransportError:
            pass

asyncio.run(first_calls())
heavy = ("aiohttp", "anyio", "azure", "h2", "httpcore", "httpx", "kiota", "msgraph")
print(sorted(name for name in set(sys.modules) - before if name.startswith(heavy)))
"""


def test_after_the_warm_up_the_first_calls_import_no_sdk_module() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LATER], capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr
