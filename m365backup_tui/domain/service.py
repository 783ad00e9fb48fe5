"""What Graph says about the backup service itself, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Probe(StrEnum):
    """How the service answered a read-only question (list one policy)."""

    ANSWERS = "answers"
    NO_CONSENT = "no consent"
    NO_ROLE = "no role"
    NOT_CONTROLLER = "not the controller"
    OFF = "off"
    LOCKED = "locked"
    PREPARING = "being prepared"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown to this version"


class Consumer(StrEnum):
    """Who controls backup in the tenant (`backupServiceConsumer`)."""

    FIRST_PARTY = "firstparty"
    THIRD_PARTY = "thirdparty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BackupService:
    """The probe's answer. `status` is the service's own word, "" where it may not be read (403 for this client)."""

    probe: Probe
    status: str = ""
    consumer: Consumer = Consumer.UNKNOWN
    disable_reason: str = ""
    grace_until: datetime | None = None
    restore_until: datetime | None = None
    said: str = ""  # the service's sentence, shown on demand
    request_id: str = ""

    @property
    def on(self) -> bool:
        """Turned on as far as can be told: the service lists policies and does not say otherwise."""
        return self.probe is Probe.ANSWERS and self.status in ("", "enabled")
