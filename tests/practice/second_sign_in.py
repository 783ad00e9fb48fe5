"""A process of its own that signs in by browser: prints its address, reads the one at which the browser ended.

python -m tests.practice.second_sign_in FOLDER PORT        FOLDER holds ready.json
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN, practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.settings import SignInSettings


async def main(folder: Path, port: int) -> None:
    ready = json.loads((folder / "ready.json").read_text())
    settings = SignInSettings(port=port)
    one = SignIn(practice_profile(ready), folder, settings=settings, backends=(), environ={})
    begun = await one.browser(SCOPES_SIGN_IN)
    print(json.dumps({"url": begun.url, "why": begun.why_not_listening}), flush=True)
    waiting = asyncio.create_task(one.wait_for_browser(begun))
    address = await asyncio.to_thread(sys.stdin.readline)
    if address:
        await one.paste(begun, address)
        print((await waiting).username, flush=True)
    one.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
