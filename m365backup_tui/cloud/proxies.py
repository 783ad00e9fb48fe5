"""Which proxy leads to a host: decided once for all three SDKs, each of which reads the environment another way.

The settings file decides, or the environment where it says `environment` (auth.md §4.5). A password of a proxy is never
shown: `shown` is the form for people.
"""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.settings import ENVIRONMENT, NO_PROXY_AT_ALL, NetworkSettings

IN_THE_FILE = "settings.toml"
OF_THE_SYSTEM = "the settings of this system"
HTTPS_PORT = 443

_SPOKEN = ("http", "https")  # SOCKS would need a package more for each of the three


@dataclass(frozen=True, slots=True)
class ProxyRule:
    """What leads to one host. `url`: None for the direct way, else with scheme and perhaps a password.

    `named_by`: the variable or file that decided, "" where nothing is set. `direct_by`: the entry of NO_PROXY that
    makes an exception for the host.
    """

    url: str | None = field(default=None, repr=False)
    named_by: str = ""
    direct_by: str = ""


def proxy_rule(
    environ: Mapping[str, str],
    host: str,
    network: NetworkSettings | None = None,
    port: int = HTTPS_PORT,
) -> ProxyRule:
    """The rule for an https request to `host`. Broken, without the value, for a proxy that cannot be used."""
    network = network or NetworkSettings()
    if network.proxy == NO_PROXY_AT_ALL:
        return ProxyRule(None, IN_THE_FILE)
    if network.proxy != ENVIRONMENT:
        direct = _exception(network.no_proxy, host, port)
        if direct:
            return ProxyRule(None, IN_THE_FILE, direct)
        return ProxyRule(_usable(network.proxy, IN_THE_FILE), IN_THE_FILE)
    named = _variables(environ)
    for where, entries in (
        (named.get("no", ("", ""))[0], named.get("no", ("", ""))[1]),
        (IN_THE_FILE, network.no_proxy),
    ):
        direct = _exception(entries, host, port)
        if direct:
            return ProxyRule(None, where, direct)
    name, value = named.get("https") or named.get("all") or ("", "")
    return ProxyRule(_usable(value, name), name) if value else ProxyRule()


def shown(url: str) -> str:
    """The address of a proxy for people: a password, and everything that may belong to it, is masked."""
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        scheme, rest = "", scheme
    sign_in, at, place = rest.rpartition("@")
    user, colon, _ = sign_in.partition(":")
    masked = f"{user}:***" if colon else user
    return f"{scheme}{separator}{masked}{at}{place}"


def place_of(url: str) -> str:
    """Host and port of a proxy, without user and scheme: `proxy.contoso.com:8080`."""
    return shown(url).rpartition("@")[2].rpartition("://")[2].rstrip("/")


def _usable(value: str, named_by: str) -> str:
    """With its scheme: `proxy.contoso.com:8080` is common, and only one of the SDKs understands it."""
    scheme, separator, rest = value.strip().partition("://")
    if not separator:
        scheme, rest = "http", scheme
    if scheme.lower() not in _SPOKEN:
        raise Broken(  # without the value: it may hold a password
            f"{named_by} names a proxy of the kind {scheme}, which cannot be used here. "
            "Set HTTPS_PROXY to an address that begins with http:// and start again."
        )
    url = f"{scheme.lower()}://{rest}"
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and parts.port != 0 and not set(rest) & set(" \t\r\n")
    except ValueError:
        good = False
    if not good:
        raise Broken(
            f"The address of the proxy in {named_by} cannot be read. It has the form http://user:password@host:port, "
            "with special characters of the password percent-encoded (@ is %40). Correct it and start again."
        )
    return url


def _variables(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """`https`, `all` and `no`, each with the variable that named it. Small letters win, as with curl and urllib."""
    found: dict[str, tuple[str, str]] = {}
    for kind in ("https", "all", "no"):
        names = [n for n in environ if n.lower() == f"{kind}_proxy"]
        for name in sorted(names, key=str.islower):
            if environ[name].strip():
                found[kind] = (name, environ[name])
            else:
                found.pop(kind, None)
    if set(found) <= {"no"} and dict(environ) == dict(os.environ):
        system = urllib.request.getproxies().get("https")  # macOS and Windows
        if system:
            found["https"] = (OF_THE_SYSTEM, system)
    return found


def _exception(entries: str, host: str, port: int) -> str:
    """The entry that sends `host` the direct way: `*`, a host, or a domain with or without its dot or star; a port
    behind it has to be the one asked for. None of the SDKs reads all of these by itself (auth.md §4.5)."""
    host = host.lower().rstrip(".")
    for entry in entries.split(","):
        text = entry.strip()
        name = text.lower()
        if name == "*":
            return text
        before, colon, number = name.rpartition(":")
        if colon and number.isdigit() and ":" not in before:
            if int(number) != port:
                continue
            name = before
        name = name.removeprefix("*").removeprefix(".").strip("[]")
        if name and (host == name or host.endswith(f".{name}")):
            return text
    return ""
