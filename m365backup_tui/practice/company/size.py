"""How big the practice company is: SMALL, MEDIUM, LARGE, or so many units that can be backed up."""

from __future__ import annotations

from dataclasses import dataclass

# People and sites. MEDIUM is the company that the pictures show.
NAMED = {"SMALL": (80, 24), "MEDIUM": (2400, 600), "LARGE": (12000, 3000)}
# Fewer cannot hold the personas and one of everything: a smaller number means this one.
LEAST_UNITS, MOST_UNITS = 50, 1_000_000
# A unit in five is a site, the others are mailboxes and OneDrives.
SITE_SHARE = 5
UNITS_A_PERSON = 1.8


@dataclass(frozen=True, slots=True)
class Size:
    """`name` is SMALL, MEDIUM, LARGE or a number; the unit counts are None for a named size."""

    name: str
    people: int
    sites: int
    user_units: int | None = None
    site_units: int | None = None


def read_size(text: str) -> Size:
    """The size that was asked for, in any case. Raises ValueError with a sentence."""
    word = text.strip().upper()
    if word in NAMED:
        people, sites = NAMED[word]
        return Size(word, people, sites)
    number = int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0
    if not 1 <= number <= MOST_UNITS:
        raise ValueError(
            f"The size must be {', '.join(NAMED)} or a number of units from 1 to {MOST_UNITS}, "
            f"not '{text}'."
        )
    units = max(number, LEAST_UNITS)
    sites = units // SITE_SHARE
    people = int((units - sites) / UNITS_A_PERSON)
    return Size(str(units), people, sites, units - sites, sites)
