"""What `doctor` finds about signing in: the keyring, where a sign-in would be kept, settings and applications."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from m365backup_tui.cloud import kernel_key
from m365backup_tui.cloud.daemon import call_with_deadline
from m365backup_tui.cloud.keyring_key import DEADLINE_SECONDS
from m365backup_tui.cloud.keyring_look import KeyringSeen
from m365backup_tui.cloud.profiles import Profile, Resource
from m365backup_tui.cloud.shared_host import not_ours, shared
from m365backup_tui.domain.applications import name_of
from m365backup_tui.domain.diagnosis import Finding, Level, Section
from m365backup_tui.domain.session import KERNEL_HOURS, KeptIn
from m365backup_tui.domain.settings import AZURE_CLI_SESSION, ENVIRONMENT, Settings
from m365backup_tui.settings_file import NAME

_HOST_SECONDS = 2.0
_PLACES = {
    KeptIn.KEYRING: "encrypted on this host, its key in the keyring",
    KeptIn.MEMORY: "in memory until you leave",
    KeptIn.LOGOUT: f"encrypted for {KERNEL_HOURS} hours at most, its key in the kernel",
    KeptIn.PASSPHRASE: "encrypted with a passphrase",
}


async def keyring(
    settings: Settings,
    environ: Mapping[str, str],
    look: Callable[[], KeyringSeen],
    seconds: float = DEADLINE_SECONDS,
) -> list[Finding]:
    """The keyring, and where a sign-in would be kept. Never asks the keyring to open; at most `seconds`."""
    try:
        seen = await call_with_deadline(look, seconds)
    except TimeoutError:
        why = f"The keyring of this host did not answer within {seconds:g} seconds."
        seen = KeyringSeen("", False, why)
    facts: dict[str, str | int | float | bool | None] = {"name": seen.name, "usable": seen.usable}
    if seen.usable:
        found = f"{seen.name} answers and is unlocked"
        first = Finding(Section.KEYRING, "keyring", Level.OK, found, "", "", facts)
    else:
        means = "Usual over SSH: signing in works all the same."
        do = "The wizard offers other places to keep the sign-in."
        first = Finding(Section.KEYRING, "keyring", Level.NOTE, seen.why, means, do, facts)
    return [first, await _home(settings, environ, seen)]


async def _home(settings: Settings, environ: Mapping[str, str], seen: KeyringSeen) -> Finding:
    """By the rules of `cloud.homes`, without making a key."""
    keep = settings.sign_in.keep
    try:
        foreign, many = await call_with_deadline(
            lambda: (not_ours(environ), shared(environ)), _HOST_SECONDS
        )
    except TimeoutError:
        foreign, many = "This host does not say whose the home folder is.", ""
    no_kernel = kernel_key.why_not() if keep is KeptIn.LOGOUT else ""
    where, why = keep or KeptIn.KEYRING, "You chose so." if keep else "The keyring can be used."
    if foreign or (many and keep is None):
        where, why = KeptIn.MEMORY, foreign or many
    elif where is KeptIn.KEYRING and not seen.usable:
        where, why = KeptIn.MEMORY, f"{'You chose the keyring. ' if keep else ''}{seen.why}"
    elif no_kernel:
        where, why = KeptIn.MEMORY, no_kernel
    chosen = keep.value if keep else ""
    facts: dict[str, str | int | float | bool | None] = {"kept_in": where.value, "chosen": chosen}
    found = f"a sign-in would be kept {_PLACES[where]}"
    return Finding(Section.SIGN_IN, "kept_in", Level.OK, found, why, "", facts)


def settings_in_force(
    folder: Path, place: str, settings: Settings, environ: Mapping[str, str], wrong: str
) -> Iterator[Finding]:
    """Every setting with where it comes from. `wrong`: why the file cannot be used."""
    section = Section.SETTINGS
    path = folder / NAME
    if wrong:
        means = "The wizard does not start with it."
        yield Finding(section, "file", Level.BAD, wrong, means, "", {"path": str(path)})
        return
    there = path.exists()
    found = str(path) if there else f"{path} is not there"
    means = "" if there else "Everything is as it comes."
    facts: dict[str, str | int | float | bool | None] = {"path": str(path), "exists": there}
    yield Finding(section, "file", Level.OK, found, means, "", facts)
    written = _written(path)
    network, sign_in = settings.network, settings.sign_in
    values: dict[str, tuple[str, str]] = {
        "network.proxy": (network.proxy, _variables(environ, ("https_proxy", "all_proxy"))),
        "network.no_proxy": (network.no_proxy, ""),
        "network.ca": (
            network.ca,
            _variables(
                environ, ("requests_ca_bundle", "ssl_cert_file", "curl_ca_bundle", "ssl_cert_dir")
            ),
        ),
        f"{place}.sign_in.way": (sign_in.way.value if sign_in.way else "", ""),
        f"{place}.sign_in.port": (str(sign_in.port), ""),
        f"{place}.sign_in.keep": (sign_in.keep.value if sign_in.keep else "", ""),
        f"{place}.sign_in.graph_application": (sign_in.graph_application, ""),
        f"{place}.sign_in.azure_application": (sign_in.azure_application, ""),
        f"{place}.sign_in.tenant": (sign_in.tenant, ""),
    }
    for name, (value, variables) in values.items():
        origin = "file" if name in written else "default"
        told = f"{name} = {value or 'not set'}"
        if value == ENVIRONMENT and variables:
            origin, told = "environment", f"{told}: {variables}"
        told = f"{told} ({origin})"
        plain: dict[str, str | int | float | bool | None] = {
            "value": value,
            "origin": origin,
        }
        yield Finding(section, name, Level.OK, told, "", "", plain)


def applications(profile: Profile, settings: Settings) -> Iterator[Finding]:
    """Which application asks for tokens of which service."""
    asked = {
        Resource.GRAPH: settings.sign_in.graph_application,
        Resource.ARM: settings.sign_in.azure_application,
    }
    words = {Resource.GRAPH: "Microsoft Graph", Resource.ARM: "Azure"}
    for resource, chosen in asked.items():
        one = chosen or profile.client_id(resource)
        name = name_of(one)
        found = f"{words[resource]}: {name}{'' if one == AZURE_CLI_SESSION else f' ({one})'}"
        means = "From the settings file." if chosen else "The default."
        if resource is Resource.ARM and not chosen:
            means += f" Where Azure refuses it: {name_of(profile.arm_fallback_client_id)}."
        facts: dict[str, str | int | float | bool | None] = {"application": one, "name": name}
        yield Finding(Section.APPLICATIONS, resource.value, Level.OK, found, means, "", facts)


def _variables(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return ", ".join(sorted(n for n, value in environ.items() if n.lower() in names and value))


def _written(path: Path) -> set[str]:
    """The settings that the file names, as dotted names."""
    found: set[str] = set()
    with suppress(OSError, ValueError):
        _walk(tomllib.loads(path.read_text(encoding="utf-8")), "", found)
    return found


def _walk(table: dict[str, Any], above: str, found: set[str]) -> None:
    for name, value in table.items():
        full = f"{above}{name}"
        if isinstance(value, dict):
            _walk(value, f"{full}.", found)
        else:
            found.add(full)
