"""Names of groups by their ids, for rules that the tenant already has."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from m365backup_tui.cloud.graph_calls import BATCH, GraphCalls
from m365backup_tui.cloud.groups import group
from m365backup_tui.cloud.profiles import SCOPES_GROUPS
from m365backup_tui.domain.groups import GroupRef

_FIELDS = "id,displayName,mail,mailEnabled,securityEnabled,groupTypes"


class NamedGroups:
    """What `GraphDirectory` adds for rules."""

    _calls: GraphCalls

    async def named_groups(self, ids: Sequence[str]) -> tuple[GroupRef, ...]:
        """Those of the groups that exist and may be seen; the others are left out, not invented."""
        found: list[GroupRef] = []
        for start in range(0, len(ids), BATCH):
            urls = [
                f"/groups/{quote(one, safe='')}?$select={_FIELDS}"
                for one in ids[start : start + BATCH]
            ]
            parts = await self._calls.batch(SCOPES_GROUPS, urls, "reading the names of groups")
            found += [group(part.body) for part in parts if part.status == 200]
        return tuple(found)
