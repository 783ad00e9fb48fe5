"""Names of people by their ids, for what they made or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from m365backup_tui.cloud.graph_calls import BATCH, GraphCalls
from m365backup_tui.cloud.profiles import SCOPES_PEOPLE
from m365backup_tui.domain.author import Author, readable

_FIELDS = "id,displayName,mail,userPrincipalName"


class NamedPeople:
    """What `GraphDirectory` adds for who changed what."""

    _calls: GraphCalls

    async def people(self, ids: Sequence[str]) -> Mapping[str, Author]:
        """Id in lower case -> who that is. People who are gone or may not be read are left out, not invented."""
        found: dict[str, Author] = {}
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            urls = [f"/users/{quote(one, safe='')}?$select={_FIELDS}" for one in some]
            parts = await self._calls.batch(SCOPES_PEOPLE, urls, "reading who changed policies")
            for one, part in zip(some, parts, strict=True):
                name = readable(part.body.get("displayName"))
                mail = part.body.get("mail") or part.body.get("userPrincipalName")
                if part.status == 200 and (name or readable(mail)):
                    found[one.lower()] = Author(one.lower(), name, readable(mail))
        return found
