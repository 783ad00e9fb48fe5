"""The newest restore point of a few units, through Microsoft Graph: fulfils `ports.RestorePoints`. Reads only.

`POST restorePoints/search` (learn.microsoft.com/graph/api/restorepoint-search, read 2026-11-22): at most 20 units a
request, at most 5 points in the answer, no pages. It changes nothing, so it is repeated like any read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from m365backup_tui.cloud.authors import moment
from m365backup_tui.cloud.graph_calls import GraphCalls, Json
from m365backup_tui.domain.errors import Rejected

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_service_client import GraphServiceClient

SCOPES_SEARCH: tuple[str, ...] = (
    "BackupRestore-Search.Read.All",
)  # never consented to for this alone
POINTS_AN_ANSWER = 5
# The longest recovery window is two years (Learn backup-view-edit-policies, 2026-08-21).
_BACK = timedelta(days=2 * 366)
_AHEAD = timedelta(days=365)


class GraphRestorePoints:
    """Build it with the profile's `GraphCalls`. Importing this module loads no SDK."""

    def __init__(self, calls: GraphCalls) -> None:
        self._calls = calls

    async def latest(self, unit_ids: Sequence[str]) -> datetime | None:
        """The newest one of the first POINTS_AN_ANSWER units (aware UTC), None when they have none yet.

        The time asked about ends well ahead of now, because the service's clock counts and not this host's. That an end
        in the future is taken is UNVERIFIED: where it is refused, now is the end.
        """
        asked = list(unit_ids[:POINTS_AN_ANSWER])
        now = self._calls.clock.now()
        try:
            answer = await self._search(asked, now - _BACK, now + _AHEAD)
        except Rejected:
            answer = await self._search(asked, now - _BACK, now)
        return _newest(answer)

    async def _search(self, unit_ids: list[str], start: datetime, end: datetime) -> Json:
        return await self._calls.get(
            SCOPES_SEARCH,
            lambda c: search(c, unit_ids, start, end),
            "looking for the latest restore point",
        )


def search(
    client: GraphServiceClient, unit_ids: list[str], start: datetime, end: datetime
) -> RequestInformation:
    from msgraph.generated.models.restore_point_preference import RestorePointPreference
    from msgraph.generated.models.time_period import TimePeriod
    from msgraph.generated.solutions.backup_restore.restore_points.search.search_post_request_body import (
        SearchPostRequestBody,
    )

    body = SearchPostRequestBody(
        protection_unit_ids=unit_ids,
        protection_time_period=TimePeriod(start_date_time=start, end_date_time=end),
        restore_point_preference=RestorePointPreference.Latest,
    )
    return client.solutions.backup_restore.restore_points.search.to_post_request_information(body)


def _newest(answer: Json) -> datetime | None:
    results = answer.get("searchResults")
    points = [r.get("restorePoint") for r in results or () if isinstance(r, dict)]
    times = [moment(p.get("protectionDateTime")) for p in points if isinstance(p, dict)]
    return max((t for t in times if t is not None), default=None)
