"""What `doctor` finds on the way to Microsoft: proxy, reachability, certificate, clock, and the authorities in force.

Hosts are looked at side by side, each with a deadline; nothing but a HEAD request without a token is sent.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from m365backup_tui.cloud.authorities import (
    CA_FOLDER_VARIABLE,
    Source,
    certifi_source,
    context_of,
    hashed,
    sources,
)
from m365backup_tui.cloud.daemon import call_with_deadline
from m365backup_tui.cloud.network_words import sentence
from m365backup_tui.cloud.probing import Seen, Step, look
from m365backup_tui.cloud.profiles import Profile
from m365backup_tui.cloud.proxies import ProxyRule, proxy_rule, shown
from m365backup_tui.cloud.skew import now, offset_of, words
from m365backup_tui.domain.diagnosis import Finding, Level, Section
from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.settings import NetworkSettings

HOST_SECONDS = 8.0
_LOOK_SECONDS = 6.0
_SECOND_LOOK_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class _Way:
    """One host: what it is for, and how bad it is when it cannot be reached."""

    key: str
    url: str
    without: str
    level: Level


@dataclass(frozen=True, slots=True)
class _Looked:
    seen: Seen
    re_signed: bool
    offset: timedelta | None


async def network(
    profile: Profile,
    environ: Mapping[str, str],
    settings: NetworkSettings,
    seconds: float = HOST_SECONDS,
) -> list[Finding]:
    """The sections network, clock and certificates; at most `seconds`."""
    trusted = sources(profile, environ, settings)
    try:
        context = context_of(trusted)
    except Broken as error:
        means = "No connection can be checked, so none is made."
        found = list(_authorities(profile, environ, tuple(filter(_readable, trusted))))
        found.append(Finding(Section.CERTIFICATES, "usable", Level.BAD, error.what, means))
        return found
    found = list(_authorities(profile, environ, trusted))
    looked: list[_Looked | None] = []
    asking = [
        _host(way, profile, environ, settings, context, seconds, looked) for way in _ways(profile)
    ]
    found += await asyncio.gather(*asking)
    found += _unused(environ)
    found.append(_clock(looked, profile))
    return found


def _ways(profile: Profile) -> tuple[_Way, ...]:
    discovery = f"{profile.authority}/v2.0/.well-known/openid-configuration"
    return (
        _Way("login", discovery, "Nobody can sign in.", Level.BAD),
        _Way("graph", profile.graph_base, "Policies cannot be read or changed.", Level.BAD),
        _Way(
            "management",
            profile.arm_base,
            "Signing in works; the steps about Azure and billing do not.",
            Level.NOTE,
        ),
    )


async def _host(
    way: _Way,
    profile: Profile,
    environ: Mapping[str, str],
    settings: NetworkSettings,
    context: ssl.SSLContext,
    seconds: float,
    looked: list[_Looked | None],
) -> Finding:
    from urllib.parse import urlsplit

    parts = urlsplit(way.url)
    host = parts.hostname or ""
    try:
        rule = (
            proxy_rule(environ, host, settings, parts.port or 443)
            if profile.use_environment
            else ProxyRule()
        )
    except Broken as error:
        return Finding(Section.NETWORK, way.key, way.level, error.what, way.without)
    facts: dict[str, str | int | float | bool | None] = {
        "host": host,
        "proxy": shown(rule.url) if rule.url else "",
        "proxy_named_by": rule.named_by,
        "exception": rule.direct_by,
    }
    try:
        one = await call_with_deadline(
            lambda: _look(way.url, rule.url, context, compare=not profile.stand_in), seconds
        )
    except TimeoutError:
        what = f"{host}: no answer within {seconds:g} seconds, {_through(rule)}."
        do = "Check name resolution (DNS) and the proxy of this host."
        facts["reachable"] = False
        return Finding(Section.NETWORK, way.key, way.level, what, way.without, do, facts)
    looked.append(one)
    seen = one.seen
    facts |= {
        "reachable": seen.step is Step.THROUGH,
        "step": seen.step.value,
        "issuer": seen.issuer,
        "re_signed": one.re_signed,
        "seconds": round(seen.seconds, 3),
        "clock_offset_seconds": round(one.offset.total_seconds(), 1) if one.offset else None,
    }
    if seen.step is not Step.THROUGH:
        means = f"{way.without} It was tried {_through(rule)}."
        return Finding(Section.NETWORK, way.key, way.level, sentence(seen), means, "", facts)
    by = f"{'re-signed by' if one.re_signed else 'certificate of'} {seen.issuer or 'an authority without a name'}"
    what = f"{host}: reached in {seen.seconds:.1f} s, {_through(rule)}; {by}."
    means = (
        "A proxy opens the connection and re-signs it; this host trusts its authority."
        if one.re_signed
        else ""
    )
    return Finding(Section.NETWORK, way.key, Level.OK, what, means, "", facts)


def _look(url: str, proxy: str | None, context: ssl.SSLContext, *, compare: bool) -> _Looked:
    """`compare`: whether the public authorities alone would trust the certificate as well."""
    seen = look(url, proxy, context, _LOOK_SECONDS, ask=True)
    offset = offset_of(seen.date, now())
    re_signed = seen.step is Step.UNTRUSTED and bool(seen.issuer)
    if compare and seen.step is Step.THROUGH:
        public = look(url, proxy, context_of((certifi_source(),)), _SECOND_LOOK_SECONDS)
        re_signed = public.step is Step.UNTRUSTED
    return _Looked(seen, re_signed, offset)


def _through(rule: ProxyRule) -> str:
    if rule.url:
        return f"through the proxy {shown(rule.url)} ({rule.named_by})"
    if rule.direct_by:
        return f"directly, because of {rule.direct_by} in {rule.named_by}"
    return f"directly ({rule.named_by})" if rule.named_by else "directly"


def _unused(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The variable that many set and that leads nobody to an https address."""
    names = {name.lower() for name, value in environ.items() if value}
    if "http_proxy" in names and not names & {"https_proxy", "all_proxy"}:
        found = "HTTP_PROXY is set, and HTTPS_PROXY is not."
        means = "Every address here begins with https://, so that proxy is not used."
        do = "If it is needed, set HTTPS_PROXY to the same address."
        yield Finding(Section.NETWORK, "http_proxy", Level.NOTE, found, means, do)


def _clock(looked: list[_Looked | None], profile: Profile) -> Finding:
    offset = next((one.offset for one in looked if one and one.offset is not None), None)
    if offset is None:
        return Finding(
            Section.CLOCK, "offset", Level.NOTE, "not measured: no host gave its time", "", ""
        )
    seconds = round(offset.total_seconds(), 1)
    facts: dict[str, str | int | float | bool | None] = {"seconds": seconds}
    told = words(offset)
    if told:
        return Finding(Section.CLOCK, "offset", Level.NOTE, told, "", "", facts)
    whose = "the practice tenant's" if profile.stand_in else "Microsoft's"
    found = f"{abs(seconds):.0f} s from {whose}"
    return Finding(Section.CLOCK, "offset", Level.OK, found, "Close enough.", "", facts)


def _authorities(
    profile: Profile, environ: Mapping[str, str], trusted: tuple[Source, ...]
) -> Iterator[Finding]:
    for number, source in enumerate(trusted):
        where = source.path or "kept by the system"
        found = f"{source.named_by}: {where}"
        facts: dict[str, str | int | float | bool | None] = {
            "named_by": source.named_by,
            "path": str(source.path or ""),
        }
        wrong = _wrong(source)
        level = Level.NOTE if wrong else Level.OK
        if profile.ca_file is not None and not profile.use_environment:
            wrong = "This cloud is trusted by its own authority alone; no proxy leads to it."
        yield Finding(
            Section.CERTIFICATES, f"source_{number}", level, found, wrong, _rehash(source), facts
        )
    missing = environ.get(CA_FOLDER_VARIABLE, "")
    if profile.use_environment and missing and not any(map(_is_folder, missing.split(os.pathsep))):
        found = f"{CA_FOLDER_VARIABLE} names no folder that is there."
        yield Finding(Section.CERTIFICATES, "folder", Level.NOTE, found, "It adds nothing.")


def _readable(source: Source) -> bool:
    try:
        context_of((source,))
    except Broken:
        return False
    return True


def _wrong(source: Source) -> str:
    if source.path is not None and source.is_folder and not hashed(source.path):
        return "The folder holds no certificate under a hashed name, so nothing in it is found."
    return ""


def _rehash(source: Source) -> str:
    return f"openssl rehash {source.path}" if _wrong(source) else ""


def _is_folder(name: str) -> bool:
    from pathlib import Path

    return bool(name) and Path(name).is_dir()
