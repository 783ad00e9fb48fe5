"""ARM's throttling: token buckets for each subscription and principal, and their headers.

Figures: reference/azure.md §2.3. choice: requests that are no reads and no deletes are writes; the
buckets are kept in memory and start full after a restart or a reset; global ones are 15 times as big.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from m365backup_tui.practice.errors import ArmError

GLOBAL_FACTOR = 15
# Z10 (reliability-and-peers.md §6.4): so many calls are left, and one comes back every 5 seconds.
FEW_LEFT = 5
SLOW_REFILL = 0.2


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket's size and how many tokens come back a second."""

    size: float
    refill: float


READS = Limit(250, 25)
WRITES = Limit(200, 10)
LIMITS = {"reads": READS, "writes": WRITES, "deletes": WRITES}


@dataclass(slots=True)
class Bucket:
    """What is left, as of a moment."""

    left: float
    at: datetime

    def settle(self, limit: Limit, now: datetime) -> None:
        """Let the tokens of the time since then come back."""
        passed = max(0.0, (now - self.at).total_seconds())
        self.left = min(limit.size, self.left + passed * limit.refill)
        self.at = now

    def wait(self, limit: Limit) -> int:
        """Whole seconds until there is a token again; 0 when there is one now."""
        return 0 if self.left >= 1 else max(1, math.ceil((1 - self.left) / limit.refill))


class Buckets:
    """Every bucket of a running server. `generation` changes when the tenant starts over."""

    def __init__(self, now: Callable[[], datetime], generation: Callable[[], object]) -> None:
        self._now = now
        self._generation = generation
        self._of: object = None
        self._all: dict[tuple[str, ...], Bucket] = {}

    def take(
        self, oid: str, subscription_id: str | None, operation: str, fault: dict[str, Any] | None
    ) -> dict[str, str]:
        """Take a token for one request; the headers for its answer.

        `operation` is reads, writes or deletes; no subscription means the tenant's own bucket.
        Raises 429 with Retry-After when a bucket is empty (the code's name is UNVERIFIED).
        """
        if self._of is not self._generation():
            self._of = self._generation()
            self._all.clear()
        limit = LIMITS[operation]
        if fault is not None:
            limit = Limit(float(fault.get("remaining", FEW_LEFT)), SLOW_REFILL)
        kind = "subscription" if subscription_id else "tenant"
        own = (self._bucket((kind, subscription_id or "", oid, operation), limit), limit)
        asked = [(f"x-ms-ratelimit-remaining-{kind}-{operation}", *own)]
        if subscription_id:
            whole = Limit(
                LIMITS[operation].size * GLOBAL_FACTOR, LIMITS[operation].refill * GLOBAL_FACTOR
            )
            shared = self._bucket(("global", subscription_id, operation), whole)
            asked.append((f"x-ms-ratelimit-remaining-{kind}-global-{operation}", shared, whole))
        wait = max(bucket.wait(limit) for _, bucket, limit in asked)
        if not wait:
            for _, bucket, _ in asked:
                bucket.left -= 1
        headers = {name: str(max(0, int(bucket.left))) for name, bucket, _ in asked}
        if wait:
            where = f"subscription '{subscription_id}'" if subscription_id else "the tenant"
            raise ArmError(
                429,
                f"{kind.capitalize()}RequestsThrottled",
                f"Too many {operation} for {where}. Please try again after '{wait}' seconds.",
                headers={**headers, "Retry-After": str(wait)},
            )
        return headers

    def _bucket(self, key: tuple[str, ...], limit: Limit) -> Bucket:
        now = self._now()
        found = self._all.setdefault(key, Bucket(limit.size, now))
        found.settle(limit, now)
        return found
