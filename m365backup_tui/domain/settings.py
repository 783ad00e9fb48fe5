"""What an admin may set once and for all: how to reach the network, and how to sign in to one cloud."""

from __future__ import annotations

from dataclasses import dataclass, field

from m365backup_tui.domain.session import KeptIn, Way

ENVIRONMENT = "environment"  # the proxy and CA variables that other programs read too
NO_PROXY_AT_ALL = "none"
SYSTEM_CA = "system"
CERTIFI_CA = "certifi"
AZURE_CLI_SESSION = "az"  # the session that Azure CLI keeps on this host

# Registered nowhere, and what `ssh -L 8400:localhost:8400` in our texts names (auth.md §1.3).
DEFAULT_PORT = 8400


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """One decision for the three SDKs (auth.md §4.5). `proxy`: environment, none or an http address without a
    password. `no_proxy`: hosts, separated by commas, that are asked directly. `ca`: environment, system, certifi, or
    the path of a file or folder of certificates."""

    proxy: str = ENVIRONMENT
    no_proxy: str = ""
    ca: str = ENVIRONMENT


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """How to sign in to one cloud. `way`, `keep`: None until the person has chosen. `port`: where the browser comes
    back to on this host; 0 listens nowhere. The applications are client ids, "" for the profile's own;
    `azure_application` may be `az`. `tenant`: the tenant id of an own application, which takes nobody who comes by
    way of `organizations` (AADSTS50194)."""

    way: Way | None = None
    port: int = DEFAULT_PORT
    keep: KeptIn | None = None
    graph_application: str = ""
    azure_application: str = ""
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings file says for one cloud."""

    network: NetworkSettings = field(default_factory=NetworkSettings)
    sign_in: SignInSettings = field(default_factory=SignInSettings)
