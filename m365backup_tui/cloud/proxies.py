"""The proxy of the environment, decided once for all three SDKs, each of which reads it another way (auth.md §4.5)."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Mapping

from m365backup_tui.domain.errors import Broken

_SPOKEN = ("http", "https")  # SOCKS would need a package more for each of the three


def proxy_of(environ: Mapping[str, str], host: str) -> str | None:
    """The URL of the proxy for an https request to `host`, or None. Broken for a kind that is not spoken."""
    proxies = _proxies(environ)
    if _bypassed(host, proxies):
        return None
    found = proxies.get("https") or proxies.get("all")
    return _usable(found) if found else None


def _usable(value: str) -> str:
    """With its scheme: `proxy.contoso.com:8080` is common, and only one of the SDKs understands it."""
    scheme, separator, rest = value.strip().partition("://")
    if not separator:
        return f"http://{scheme}"
    if scheme.lower() not in _SPOKEN:
        raise Broken(  # without the value: it may hold a password
            f"The environment names a proxy of the kind {scheme}, which cannot be used here. "
            "Set HTTPS_PROXY to an address that begins with http:// and start again."
        )
    return f"{scheme.lower()}://{rest}"


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    found = {
        name.lower().removesuffix("_proxy"): value
        for name, value in environ.items()
        if name.lower() in ("https_proxy", "all_proxy", "no_proxy") and value
    }
    if set(found) <= {"no"} and dict(environ) == dict(os.environ):
        found |= {  # the settings of macOS and Windows
            key: value for key, value in urllib.request.getproxies().items() if key == "https"
        }
    return found


def _bypassed(host: str, proxies: Mapping[str, str]) -> bool:
    """NO_PROXY as all three SDKs read it: `*`, a host, or a domain with or without its dot."""
    for entry in proxies.get("no", "").lower().split(","):
        name = entry.strip().removeprefix("*").removeprefix(".")
        if entry.strip() == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
    return False
