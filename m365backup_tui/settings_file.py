"""The settings file, `settings.toml` in the state folder: every wrong field is named, comments are kept."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.session import KeptIn, Way
from m365backup_tui.domain.settings import (
    AZURE_CLI_SESSION,
    ENVIRONMENT,
    NO_PROXY_AT_ALL,
    NetworkSettings,
    Settings,
    SignInSettings,
)
from m365backup_tui.whole_file import write_whole

NAME = "settings.toml"
_HEAD = (
    "Settings of m365backup-tui. The wizard writes here what you choose; see docs/signing-in.md."
)


def read_settings(folder: Path, place: str) -> Settings:
    """The settings for the cloud `place` (`global`, `practice`). Raises Broken naming file, field and rule; OSError."""
    path = folder / NAME
    document = _document(path)
    problems: list[str] = []
    _misspelt(document, ("network", "global", "practice"), "", problems)
    network = _table(document, "network", problems)
    both = _table(document, place, problems)
    _misspelt(both, ("sign_in",), f"{place}.", problems)
    sign_in = _table(both, "sign_in", problems, f"{place}.sign_in")
    settings = Settings(_network(network, problems), _sign_in(sign_in, place, problems))
    if problems:
        raise Broken(
            f"The settings file {path} cannot be used. {' '.join(problems)} Correct it, or delete the file."
        )
    return settings


def write_sign_in(folder: Path, place: str, settings: SignInSettings) -> None:
    """Replace what the file says about signing in to `place`; everything else in it stays. Raises OSError, Broken."""
    import tomlkit

    path = folder / NAME
    document = _document(path)
    if type(document) is dict:  # no file yet; one that holds only comments is as empty as that
        document = tomlkit.document()
        document.add(tomlkit.comment(_HEAD))
    problems: list[str] = []
    _table(_table(document, place, problems), "sign_in", problems, f"{place}.sign_in")
    if problems:  # changed by hand since it was read
        raise Broken(f"The settings file {path} cannot be written. {' '.join(problems)}")
    if place not in document:
        document[place] = tomlkit.table(is_super_table=True)
    if "sign_in" not in document[place]:
        document[place]["sign_in"] = tomlkit.table()
    table = document[place]["sign_in"]
    for name, value in _plain(settings).items():
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
    _replace(path, tomlkit.dumps(document))


def _plain(settings: SignInSettings) -> dict[str, str | int | None]:
    """None for what is as it is without a file."""
    usual = SignInSettings()
    return {
        "way": settings.way.value if settings.way else None,
        "port": settings.port if settings.port != usual.port else None,
        "keep": settings.keep.value if settings.keep else None,
        "graph_application": settings.graph_application or None,
        "azure_application": settings.azure_application or None,
        "tenant": settings.tenant or None,
    }


def _document(path: Path) -> Any:
    import tomlkit
    from tomlkit.exceptions import ParseError, TOMLKitError

    try:
        text = path.read_text(encoding="utf-8-sig")  # an editor of Windows may put a mark in front
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise Broken(
            f"The settings file {path} is not UTF-8 text. Correct it, or delete it."
        ) from error
    try:
        return tomlkit.parse(text)
    except ParseError as error:
        where = f"line {error.line}, column {error.col}"
        raise Broken(
            f"The settings file {path} is not valid TOML at {where}. Correct it, or delete the file."
        ) from error
    except (TOMLKitError, ValueError, RecursionError) as error:  # a name twice, a date that is none
        raise Broken(
            f"The settings file {path} is not valid TOML. Correct it, or delete the file."
        ) from error


def _table(
    document: Mapping[str, Any], name: str, problems: list[str], full: str = ""
) -> Mapping[str, Any]:
    found = document.get(name, {})
    if isinstance(found, Mapping):
        return found
    problems.append(f"[{full or name}] has to be a table.")
    return {}


def _misspelt(
    document: Mapping[str, Any], known: tuple[str, ...], above: str, problems: list[str]
) -> None:
    """A value outside every table, and a table whose name is nearly right, would be passed over without a word.
    Other tables may belong to another version."""
    for name in (one for one in document if one not in known):
        from m365backup_tui.domain.nearest import nearest_word  # rarely needed

        near = nearest_word(name, known)
        if not isinstance(document[name], Mapping):
            heading = f"[{above}{known[0]}]"
            problems.append(f"{above}{name} has to stand under a heading such as {heading}.")
        elif near:
            problems.append(f"[{above}{name}]: not known; [{above}{near}] is.")


def _network(table: Mapping[str, Any], problems: list[str]) -> NetworkSettings:
    known = {"proxy": _proxy, "no_proxy": _text, "ca": _authorities}
    return NetworkSettings(**_fields(table, "network", known, problems))


def _sign_in(table: Mapping[str, Any], place: str, problems: list[str]) -> SignInSettings:
    known = {
        "way": lambda value: Way(_one_of(value, [one.value for one in Way])),
        "port": _port,
        "keep": lambda value: KeptIn(_one_of(value, [one.value for one in KeptIn])),
        "graph_application": _application,
        "azure_application": lambda value: (
            AZURE_CLI_SESSION if value == AZURE_CLI_SESSION else _application(value)
        ),
        "tenant": _tenant,
    }
    return SignInSettings(**_fields(table, f"{place}.sign_in", known, problems))


def _fields(
    table: Mapping[str, Any],
    name: str,
    known: Mapping[str, Callable[[Any], Any]],
    problems: list[str],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in table.items():
        if field not in known:
            problems.append(f"[{name}] {field}: not known; it has {', '.join(known)}.")
            continue
        try:
            found[field] = known[field](value)
        except ValueError as error:
            problems.append(f"[{name}] {field}: {error}.")
    return found


def _one_of(value: Any, words: list[str]) -> str:
    if value not in words:
        raise ValueError(f"has to be one of {', '.join(words)}")
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("has to be text in quotation marks")
    return str(value)


def _proxy(value: Any) -> str:
    text = _text(value)
    if text in (ENVIRONMENT, NO_PROXY_AT_ALL):
        return text
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good, parts = False, urlsplit("")
    if not good:
        raise ValueError(
            "has to be environment, none, or an address such as http://proxy.contoso.com:8080"
        )
    if parts.password is not None:
        raise ValueError("a password has no place in a file; set HTTPS_PROXY instead")
    return text


def _authorities(value: Any) -> str:
    text = _text(value)
    if not text.strip():
        raise ValueError(
            "has to be environment, system, certifi, or the path of a file or folder with certificates"
        )
    return text


def _port(value: Any) -> int:
    if (
        not isinstance(value, int)
        or isinstance(value, bool)
        or not (value == 0 or 1024 <= value <= 65535)
    ):
        raise ValueError("has to be a number from 1024 to 65535, or 0 to listen nowhere")
    return int(value)


def _application(value: Any) -> str:
    try:
        return str(uuid.UUID(_text(value)))
    except ValueError:
        raise ValueError(
            "has to be the client id of an application; choose it in the wizard"
        ) from None


def _tenant(value: Any) -> str:
    try:
        return str(uuid.UUID(_text(value)))
    except ValueError:
        raise ValueError("has to be the id of a tenant; the wizard writes it") from None


def _replace(path: Path, text: str) -> None:
    path = Path(os.path.realpath(path))  # a link stays a link: some keep their settings elsewhere
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, text.encode())
