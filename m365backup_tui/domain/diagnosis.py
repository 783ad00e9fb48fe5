"""What `doctor` finds on a host: one line each, with what it means and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"  # works, and is worth knowing or mending
    BAD = "bad"  # signing in does not work


class Section(StrEnum):
    """The sections, in the order in which they are shown; the values are keys of the JSON document."""

    TERMINAL = "terminal"
    LOCALE = "locale"
    COLOURS = "colours"
    SESSION = "session"
    KEYRING = "keyring"
    SIGN_IN = "sign_in"
    NETWORK = "network"
    CLOCK = "clock"
    CERTIFICATES = "certificates"
    STATE_FOLDER = "state_folder"
    CORE_DUMPS = "core_dumps"
    SETTINGS = "settings"
    APPLICATIONS = "applications"
    VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` names it within its section for scripts. `found`, `means` and `do` are sentences, or parts of a line;
    `facts` are the same as plain values."""

    section: Section
    key: str
    level: Level
    found: str
    means: str = ""
    do: str = ""
    facts: dict[str, str | int | float | bool | None] = field(default_factory=dict)


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing stands in the way of signing in."""
    return all(one.level is not Level.BAD for one in findings)


def as_data(findings: Sequence[Finding]) -> dict[str, object]:
    """The JSON document. Keys stay as they are; more may come."""
    sections = {
        section.value: {
            one.key: {
                "level": one.level.value,
                "found": one.found,
                "means": one.means,
                "do": one.do,
                **({"facts": one.facts} if one.facts else {}),
            }
            for one in findings
            if one.section is section
        }
        for section in Section
    }
    return {"healthy": healthy(findings), "sections": sections}
