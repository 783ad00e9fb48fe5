"""When and by whom something was made or changed, from Graph's stamps. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from m365backup_tui.domain.author import NOBODY, Author, readable


def moment(value: object) -> datetime | None:
    """An ISO time as aware UTC; fractions of 7 and 9 digits and times with dashes occur (graph.md §13 item 4)."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)  # nearly always; 100,000 units are read in a row
    except ValueError:
        text = re.sub(r"T(\d\d)-(\d\d)-(\d\d)", r"T\1:\2:\3", value.strip())
        text = re.sub(r"(\.\d{6})\d+", r"\1", text)
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def author_from(value: object) -> Author:
    """Who an `identitySet` names; NOBODY where it names nobody. Three shapes occur (graph.md §15 item 10)."""
    if not isinstance(value, dict):
        return NOBODY
    user, app = _part(value, "user"), _part(value, "application")
    identity = user.get("identity")
    name = readable(user.get("displayName"))
    mail = readable(user.get("email"))
    if isinstance(identity, str) and not (name or mail):
        name = readable(identity)
    known = _text(user, "id") or (_text(user, "identity") if not name else "")
    return _author(known, name, mail, "" if known or name or mail else _app(app))


def _app(part: Mapping[str, Any]) -> str:
    return readable(part.get("displayName"))


@lru_cache(maxsize=256)
def _author(known: str, name: str, mail: str, app: str) -> Author:
    """One object for all units that the same person added."""
    return Author(known.lower(), name, mail, app)


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""
