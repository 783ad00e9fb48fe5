"""What a page says about itself when somebody presses ?."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Where to read more: `Link("Backup pricing", "https://...")`."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class HelpText:
    """What `?` shows for a page. `keys` adds (key, meaning) lines that the key bar has no room for."""

    what: str = ""
    why: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
