"""Groups of the directory as a source of units: what they are, how big, and who in them cannot be taken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from m365backup_tui.domain.units import Candidate

GROUPS_A_PAGE = 100
"""A search gives so many groups and no more; whoever sees that many should type another word."""


class GroupKind(StrEnum):
    """As an admin calls them. graph.md §12 tells them apart by mailEnabled, securityEnabled and groupTypes."""

    SECURITY = "security group"
    MAILED_SECURITY = "mail-enabled security group"
    DISTRIBUTION = "distribution list"
    MICROSOFT_365 = "Microsoft 365 group"
    OTHER = "another kind of group"


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A group by its object id. `members`: people in it, groups in it followed; None while not asked for."""

    id: str
    name: str
    mail: str
    kind: str  # a GroupKind
    members: int | None = None


@dataclass(frozen=True, slots=True)
class GroupSize:
    """`people`: users in the group or in groups in it, each once; `groups`: how many groups are in it."""

    people: int
    groups: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A member that cannot be a candidate; `why` is a sentence. `address` may be ""."""

    name: str
    address: str
    why: str


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Some members of a group. Every member that is no group is in one of the two: nobody vanishes."""

    candidates: tuple[Candidate, ...]
    left_out: tuple[LeftOut, ...]
