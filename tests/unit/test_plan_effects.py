"""What a plan says about itself: a unit that is removed here and taken there by a move leaves once."""

from __future__ import annotations

from m365backup_tui.domain.holdings import Holding
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.plan_effects import changes_of
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.units import Candidate, ProtectionUnit, UnitStatus

OLD = Policy(Product.ONEDRIVE, "p1", "Old", PolicyStatus.ACTIVE)
NAMES = ("ann", "ben", "cleo")
HELD = {
    Product.ONEDRIVE: {
        n: Holding(Product.ONEDRIVE, n, "p1", f"u-{n}", name=n, address=f"{n}@x.example")
        for n in NAMES
    }
}


def removal(*names: str) -> Draft:
    units = tuple(
        ProtectionUnit(
            Product.ONEDRIVE, f"u-{n}", n, n, f"{n}@x.example", status=UnitStatus.PROTECTED
        )
        for n in names
    )
    return Draft(Product.ONEDRIVE, "Old", "p1", "Old", remove=units)


def move(*names: str) -> Draft:
    units = tuple(Candidate(Product.ONEDRIVE, n, n, f"{n}@x.example", policy="Old") for n in names)
    return Draft(Product.ONEDRIVE, "Wave", add=units, power=Power.ACTIVATE)


def test_what_is_removed_and_moved_leaves_once_and_is_not_said_to_lose_its_backups() -> None:
    old, wave = changes_of((removal("ann", "cleo"), move("ann")), (OLD,), HELD)
    assert (old.removes, old.leaves) == (2, 1)
    assert "1 account moves to “Wave”" in old.effects
    assert "no new backups of cleo@x.example" in old.warnings
    assert "no new backups of ann@x.example" not in old.warnings
    assert "1 account moves here from “Old”" in wave.effects


def test_several_are_told_in_the_plural() -> None:
    old, _ = changes_of((removal("cleo"), move("ann", "ben")), (OLD,), HELD)
    assert (old.removes, old.leaves) == (3, 2)
    assert "2 accounts move to “Wave”" in old.effects
