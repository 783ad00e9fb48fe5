"""Protection policies as the tenant has them, and the rules for their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.limits import POLICY_NAME_MAX
from m365backup_tui.domain.products import Product


class PolicyStatus(StrEnum):
    """`protectionPolicyStatus` of Graph v1.0 (CSDL 2026-07-31)."""

    INACTIVE = "inactive"
    ACTIVE_WITH_ERRORS = "activeWithErrors"
    UPDATING = "updating"
    ACTIVE = "active"
    UNKNOWN = "unknown to this version"

    @property
    def words(self) -> str:
        return {
            "inactive": "paused",
            "activeWithErrors": "active, with errors",
            "updating": "updating",
            "active": "active",
        }.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Counts:
    """`protectionPolicyArtifactCount`: units by how far they are."""

    total: int = 0
    protected: int = 0
    in_progress: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """A protection policy of one product. `counts` is None where the service did not say.

    `enabled` is Graph's `isEnabled` (graph.md §2.6), None where it is not said: which way a policy goes that is
    UPDATING. No page says when it changes (UNVERIFIED).
    """

    product: Product
    id: str
    name: str
    status: PolicyStatus
    counts: Counts | None = None
    created: str = ""  # ISO time as the service printed it, "" if unreadable
    retention: str = ""  # in words; read-only in Graph v1.0
    created_by: Author = field(default=NOBODY, compare=False)
    changed: datetime | None = field(default=None, compare=False)  # UTC; None where not said
    changed_by: Author = field(default=NOBODY, compare=False)
    enabled: bool | None = field(default=None, compare=False)

    @property
    def resting(self) -> bool:
        """True when the service is not working on it and its state is understood."""
        return self.status in (
            PolicyStatus.INACTIVE,
            PolicyStatus.ACTIVE,
            PolicyStatus.ACTIVE_WITH_ERRORS,
        )


def name_problem(name: str, others: Iterable[str]) -> str | None:
    """The admin center's rule (POL26, 2026-08-21): at most 20 characters, unique. None if fine."""
    text = name.strip()
    if not text:
        return f"Type a name of 1 to {POLICY_NAME_MAX} characters."
    if len(text) > POLICY_NAME_MAX:
        return f"The name has {len(text)} characters: {POLICY_NAME_MAX} at most."
    if any(not c.isprintable() for c in text):
        return "The name has a character that cannot be shown: type it again without it."
    if text.casefold() in {o.strip().casefold() for o in others}:
        return "Another policy has this name: names are unique."
    return None
