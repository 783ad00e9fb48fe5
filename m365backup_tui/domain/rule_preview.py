"""What a rule would take now, as far as that can be known before the service looks: counted, never promised."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from m365backup_tui.domain.groups import GroupSize

SKIPPED_KIND = "shared mailbox"
"""Groups do not pick these up (Learn backup-view-edit-policies, 2026-08-21)."""


@dataclass(frozen=True, slots=True)
class GroupSizes:
    """Sizes of groups that were asked for, by group id."""

    known: tuple[tuple[str, GroupSize], ...] = ()

    def as_dict(self) -> dict[str, GroupSize]:
        return dict(self.known)

    def plus(self, group_id: str, size: GroupSize) -> GroupSizes:
        """The same with one more, or with a newer size of one."""
        return GroupSizes((*(pair for pair in self.known if pair[0] != group_id), (group_id, size)))


@dataclass(frozen=True, slots=True)
class RulePreview:
    """`key` is that of the wish. Every unit that matches is in exactly one of the counts below `matches`.

    `looked_at`: people in the groups or sites in the list; `complete` is False while that goes on or when the list of
    sites is not whole; `size` in bytes, of what would be protected anew.
    """

    key: str
    complete: bool = False
    looked_at: int = 0
    matches: int = 0
    fresh: int = 0  # no policy holds it
    here: int = 0  # this policy holds it already
    elsewhere: tuple[tuple[str, int], ...] = ()  # name of another policy -> how many
    unsupported: int = 0
    skipped: int = 0  # shared mailboxes: a group does not bring them
    left_out: int = (
        0  # members without such a unit: guests, devices, contacts, people without a mailbox
    )
    unsure: int = 0  # sites of unknown last activity: whether they match is not known
    size: int = 0
    unknown_sizes: int = 0
    groups: GroupSizes = GroupSizes()

    @property
    def people(self) -> int:
        """Different people in the groups."""
        return self.looked_at


@dataclass(slots=True)
class Tally:
    """Counts while pages come. `own`: the name of the policy that the rule is for."""

    key: str
    own: str
    groups: GroupSizes = GroupSizes()
    looked_at: int = 0
    left_out: int = 0
    unsure: int = 0
    _fresh: int = 0
    _here: int = 0
    _unsupported: int = 0
    _skipped: int = 0
    _size: int = 0
    _unknown_sizes: int = 0
    _elsewhere: Counter[str] = field(default_factory=Counter)

    def match(self, policy: str, kind: str, unsupported: str, size: int | None) -> None:
        """One more unit that the rule selects; the parameters as in `Candidate`."""
        if unsupported:
            self._unsupported += 1
        elif policy:
            if self.own and policy == self.own:
                self._here += 1
            else:
                self._elsewhere[policy] += 1
        elif kind.casefold() == SKIPPED_KIND:
            self._skipped += 1
        else:
            self._fresh += 1
            if size is None:
                self._unknown_sizes += 1
            else:
                self._size += size

    def preview(self, *, complete: bool = False) -> RulePreview:
        """The counts as they stand."""
        elsewhere = tuple(sorted(self._elsewhere.items()))
        counted = self._fresh + self._here + self._unsupported + self._skipped
        return RulePreview(
            key=self.key,
            complete=complete,
            looked_at=self.looked_at,
            matches=counted + sum(n for _, n in elsewhere),
            fresh=self._fresh,
            here=self._here,
            elsewhere=elsewhere,
            unsupported=self._unsupported,
            skipped=self._skipped,
            left_out=self.left_out,
            unsure=self.unsure,
            size=self._size,
            unknown_sizes=self._unknown_sizes,
            groups=self.groups,
        )
