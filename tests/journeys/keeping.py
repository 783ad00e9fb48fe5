"""A sign-in of the practice tenant that is kept with a passphrase, for commands that run alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from m365backup_tui.domain.session import KeptIn
from m365backup_tui.headless.coming_in import come_in
from m365backup_tui.headless.sitting import Sitting
from m365backup_tui.options import Options
from m365backup_tui.work.sign_in import keep_in

PASSPHRASE = "correct horse"


def keep(folder: Path, who: str = "", scenarios: tuple[str, ...] = ()) -> Path:
    """`who`: a user name, the first persona without one. Gives the file of the passphrase."""

    async def signed_in() -> None:
        options = Options(practice=True, yes=True, state_dir=folder, scenarios=scenarios)
        async with Sitting(options) as sitting:
            sitting.plays = who
            await come_in(sitting)
            state = await sitting.do(keep_in(sitting.tools, KeptIn.PASSPHRASE, PASSPHRASE))
            assert state.token_home.value is not None
            assert state.token_home.value.kept_in is KeptIn.PASSPHRASE

    asyncio.run(signed_in())
    file = folder / "passphrase"
    file.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    file.chmod(0o600)
    return file
