"""How the restore side spells the three products, and how long their restores take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from m365backup_tui.practice.backup.products import EXCHANGE, ONEDRIVE, SHAREPOINT, Product


@dataclass(frozen=True, slots=True)
class Restoring:
    """One product's names in restore sessions (graph.md §2.5, §2.6) and its documented speed.

    `speed`: how long until the 1st, 50th and 250th unit of a restore is done; beyond that 250 an
    hour (admin-center.md §2.6).
    """

    product: Product
    collection: str
    session_type: str
    artifacts: str
    artifact_type: str
    granular: str
    granular_type: str
    requests: str
    request_type: str
    addresses: str
    ids: str
    speed: tuple[tuple[int, timedelta], ...]
    browse: str | None = None
    browse_type: str | None = None


_FILES = (
    (1, timedelta(minutes=30)),
    (50, timedelta(hours=3)),
    (250, timedelta(hours=4)),
)
_MAIL = (
    (1, timedelta(hours=2)),
    (50, timedelta(hours=2, minutes=30)),
    (250, timedelta(hours=3)),
)


def _named(
    product: Product, service: str, kind: str, speed: tuple[tuple[int, timedelta], ...]
) -> Restoring:
    big, browses = kind[0].upper() + kind[1:], product is not EXCHANGE
    return Restoring(
        product=product,
        collection=f"{service}RestoreSessions",
        session_type=f"{service}RestoreSession",
        artifacts=f"{kind}RestoreArtifacts",
        artifact_type=f"{kind}RestoreArtifact",
        granular=f"granular{big}RestoreArtifacts",
        granular_type=f"granular{big}RestoreArtifact",
        requests=f"{kind}RestoreArtifactsBulkAdditionRequests",
        request_type=f"{kind}RestoreArtifactsBulkAdditionRequest",
        addresses=product.job_addresses,
        ids=product.job_ids,
        speed=speed,
        browse=f"{service}BrowseSessions" if browses else None,
        browse_type=f"{service}BrowseSession" if browses else None,
    )


RESTORING = (
    _named(EXCHANGE, "exchange", "mailbox", _MAIL),
    _named(ONEDRIVE, "oneDriveForBusiness", "drive", _FILES),
    _named(SHAREPOINT, "sharePoint", "site", _FILES),
)
RESTORING_BY_KEY = {one.product.key: one for one in RESTORING}


def done_after(speed: tuple[tuple[int, timedelta], ...], number: int) -> timedelta:
    """How long after the start the unit of this number (from 1) is restored, as documented."""
    for (low, early), (high, late) in pairwise(speed):
        if number <= high:
            return early + (late - early) * max(0, number - low) / (high - low)
    most, last = speed[-1]
    return last + timedelta(hours=1) * (number - most) / 250
