"""Every lock that a run needs: of its state folder, and of its computer where the tenant is everybody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from m365backup_tui.journal.beat import Beat
from m365backup_tui.journal.holder import BEAT
from m365backup_tui.journal.host_lock import HostLock
from m365backup_tui.journal.lock import TenantLock


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where runs of other people of this computer are met. `place`: see `host_lock.shared_place`; `cloud`: its key."""

    place: Path | None
    cloud: str


class TenantLocks:
    """`meeting` is None where the tenant belongs to the state folder alone (the practice tenant)."""

    def __init__(
        self,
        folder: Callable[[str], Path],
        holder: str,
        meeting: Meeting | None,
        beat_seconds: float = BEAT,
    ) -> None:
        """`folder`: of a tenant id."""
        self._folder = folder
        self._holder = holder
        self._meeting = meeting
        self._beat = Beat(self.touch, beat_seconds)
        self._locks: dict[str, tuple[TenantLock, HostLock | None]] = {}

    def take(self, tenant_id: str, at: datetime) -> tuple[str, ...]:
        """Sentences for the run's record on what was found. Raises Conflict, OSError; then nothing is held."""
        own, shared = self._of(tenant_id)
        remarks = own.take(at)
        if shared is not None:
            try:
                remarks += shared.take(at)
            except BaseException:
                own.give_back()
                raise
        self._beat.start()
        return remarks

    def give_back(self, tenant_id: str) -> None:
        for lock in self._of(tenant_id):
            if lock is not None:
                lock.give_back()
        if not any(own.held for own, _ in self._locks.values()):
            self._beat.stop()

    def lost(self, tenant_id: str) -> bool:
        """Whether a lock that was taken is not ours any more: another may be at work, so nothing may be sent."""
        return any(lock.lost for lock in self._of(tenant_id) if lock is not None)

    def holder(self, tenant_id: str) -> str:
        """Who else seems to be at work on this tenant, in words; "" for nobody. Looks at notes alone: cheap, no lock
        is tried, and `take` has the last word."""
        for lock in self._of(tenant_id):
            seen = lock.holder() if lock is not None else None
            if seen is not None:
                return seen.words
        return ""

    def close(self) -> None:
        for tenant_id in tuple(self._locks):
            self.give_back(tenant_id)

    def touch(self) -> None:
        """A sign of life for whatever is held. Called from a thread."""
        for pair in tuple(self._locks.values()):
            for lock in pair:
                if lock is not None:
                    lock.touch()

    def _of(self, tenant_id: str) -> tuple[TenantLock, HostLock | None]:
        key = tenant_id.lower()
        if key not in self._locks:
            meet = self._meeting
            shared = HostLock(meet.place, meet.cloud, key, self._holder) if meet else None
            self._locks[key] = TenantLock(self._folder(key), self._holder), shared
        return self._locks[key]
