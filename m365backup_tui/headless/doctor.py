"""`doctor`: what this host is like for signing in, what each finding means, and what to do about it.

Asks nobody anything, writes nothing into the state folder, and ends within seconds whatever hangs: every look has a
deadline, on a thread that does not keep the program alive.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import textwrap
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from m365backup_tui.cloud.daemon import call_with_deadline
from m365backup_tui.cloud.keyring_look import KeyringSeen, look_at_keyring
from m365backup_tui.cloud.profiles import Profile, global_profile, practice_profile
from m365backup_tui.domain.diagnosis import Finding, Level, Section, as_data, healthy
from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.settings import Settings
from m365backup_tui.headless import doctor_host as host
from m365backup_tui.headless import doctor_sign_in as signing_in
from m365backup_tui.headless.doctor_network import HOST_SECONDS, network
from m365backup_tui.options import Options
from m365backup_tui.settings_file import read_settings
from m365backup_tui.terminal.marks import Marks, Sign
from m365backup_tui.terminal.profile import prepare_environment

WRONG = 1
LOOK_SECONDS = 3.0  # for the disk and the terminal; a dead network drive answers nobody
PRACTICE_SECONDS = 5.0

_TITLES = {
    Section.TERMINAL: "Terminal",
    Section.LOCALE: "Locale",
    Section.COLOURS: "Colours",
    Section.SESSION: "How you came here",
    Section.KEYRING: "Keyring",
    Section.SIGN_IN: "The sign-in",
    Section.NETWORK: "Network",
    Section.CLOCK: "Clock",
    Section.CERTIFICATES: "Certificate authorities",
    Section.STATE_FOLDER: "State folder",
    Section.CORE_DUMPS: "Core dumps",
    Section.SETTINGS: "Settings",
    Section.APPLICATIONS: "Applications",
    Section.VERSIONS: "Versions",
}
_SIGNS = {Level.OK: Sign.OK, Level.NOTE: Sign.WARN, Level.BAD: Sign.NO}


def doctor(options: Options) -> int:
    """0 when nothing stands in the way of signing in, 1 otherwise."""
    found = asyncio.run(examine(options, dict(os.environ)))
    if options.json:
        print(json.dumps(as_data(found), indent=2, ensure_ascii=False))
    else:
        unicode = prepare_environment(dict(os.environ)).unicode
        width = max(40, min(shutil.get_terminal_size().columns, 100))
        print("\n".join(as_text(found, Marks(unicode), width)))
    return 0 if healthy(found) else WRONG


async def examine(
    options: Options,
    environ: Mapping[str, str],
    *,
    keyring: Callable[[], KeyringSeen] = look_at_keyring,
    profile: Profile | None = None,
    seconds: float = HOST_SECONDS,
) -> list[Finding]:
    """Every section, side by side. `seconds`: for each host. `profile`: instead of the one that the options mean."""
    settings, wrong = await _settings(options)
    async with AsyncExitStack() as stack:
        looks: list[Awaitable[list[Finding]]] = [
            _within(lambda: host.terminal(environ), Section.TERMINAL),
            _within(lambda: host.way_in(environ), Section.SESSION),
            signing_in.keyring(settings, environ, keyring),
            _network(options, environ, settings, profile, seconds, stack),
            _within(lambda: host.state_folder(options.folder, options.place), Section.STATE_FOLDER),
            _within(host.core_dumps, Section.CORE_DUMPS),
            _within(
                lambda: signing_in.settings_in_force(
                    options.folder, options.place, settings, environ, wrong
                ),
                Section.SETTINGS,
            ),
            _within(host.versions, Section.VERSIONS),
        ]
        parts = await asyncio.gather(*looks)
    found = [one for part in parts for one in part]
    found += signing_in.applications(profile or global_profile(options.tenant), settings)
    order = list(Section)
    return sorted(found, key=lambda one: order.index(one.section))


async def _settings(options: Options) -> tuple[Settings, str]:
    """What the file says, and why it cannot be used."""
    try:
        read = await call_with_deadline(
            lambda: read_settings(options.folder, options.place), LOOK_SECONDS
        )
    except Broken as error:
        return Settings(), error.what
    except TimeoutError:
        return Settings(), f"The folder {options.folder} does not answer."
    except OSError as error:
        return Settings(), f"The settings file cannot be read: {error.strerror}."
    return read, ""


async def _within(look: Callable[[], Iterable[Finding]], section: Section) -> list[Finding]:
    try:
        return await call_with_deadline(lambda: list(look()), LOOK_SECONDS)
    except TimeoutError:
        what = f"no answer within {LOOK_SECONDS:g} seconds"
        means = "A network drive that is gone answers nobody."
        bad = Level.BAD if section is Section.STATE_FOLDER else Level.NOTE
        return [Finding(section, "answer", bad, what, means)]
    except OSError as error:
        what = f"could not be looked at: {error.strerror or type(error).__name__}"
        if section is not Section.STATE_FOLDER:
            return [Finding(section, "answer", Level.NOTE, what)]
        means, do = "The wizard does not start with it.", "Name another folder with --state-dir."
        return [Finding(section, "folder", Level.BAD, what, means, do)]


async def _network(
    options: Options,
    environ: Mapping[str, str],
    settings: Settings,
    profile: Profile | None,
    seconds: float,
    stack: AsyncExitStack,
) -> list[Finding]:
    if profile is None and options.practice:
        from m365backup_tui.cloud.practice import start_practice

        # One of its own: the admin's may be at work, and its state is theirs.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="m365backup-tui-doctor-"))
        try:
            started = await start_practice(Path(folder), deadline=PRACTICE_SECONDS)
        except Broken as error:
            means = "Nothing can be practised."
            return [Finding(Section.NETWORK, "practice", Level.BAD, error.what, means)]
        process = await stack.enter_async_context(started)
        profile = practice_profile(process.ready)
    return await network(
        profile or global_profile(options.tenant), environ, settings.network, seconds
    )


def as_text(found: Sequence[Finding], marks: Marks, width: int) -> list[str]:
    """One line a finding, what it means and what to do below it; wrapped at `width`."""
    lines: list[str] = []
    for section in Section:
        rows = [one for one in found if one.section is section]
        if not rows:
            continue
        lines += ["", _TITLES[section]] if lines else [_TITLES[section]]
        for one in rows:
            mark = marks.sign(_SIGNS[one.level])
            lines += _wrapped(f"  {mark:<{marks.width}} ", one.found, width)
            below = " " * (3 + marks.width)
            lines += _wrapped(below, one.means, width) if one.means else []
            lines += _wrapped(f"{below}To do: ", one.do, width) if one.do else []
    bad = sum(one.level is Level.BAD for one in found)
    verdict = "Nothing stands in the way of signing in." if not bad else _stands(bad)
    return [*lines, "", *_wrapped("", verdict, width)]


def _stands(bad: int) -> str:
    return f"{bad} thing{'s stand' if bad > 1 else ' stands'} in the way of signing in."


def _wrapped(lead: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
