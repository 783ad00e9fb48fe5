"""Who made or changed something, as far as the service says: a person, an application, or only an id."""

from __future__ import annotations

import re
from dataclasses import dataclass

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Author:
    """`identitySet` of Graph, which has `{id}`, `{id, displayName, email}` or `{identity}` (graph.md §15 item 10).

    `app`: the application's name where no person is named. An id that stands where a name belongs is no name.
    """

    id: str = ""
    name: str = ""
    mail: str = ""
    app: str = ""

    @property
    def known(self) -> bool:
        """Whether there is anything that a person can read."""
        return bool(self.name or self.mail or self.app)

    @property
    def words(self) -> str:
        """For people; never an id."""
        if self.name and self.mail:
            return f"{self.name} ({self.mail})"
        if self.known:
            return self.name or self.mail or f"the application {self.app}"
        return "somebody (id not readable)" if self.id else "the service does not say"

    def __str__(self) -> str:
        return self.words


NOBODY = Author()


def readable(text: object) -> str:
    """The text; "" for what is no text, or an id in the place of a name."""
    return text.strip() if isinstance(text, str) and not _GUID.fullmatch(text.strip()) else ""
