"""api-versions: which each kind of call takes, and the refusals.

Those seen on the wire (reference/azure.md §4.5) and the usual older ones (general knowledge).
"""

import re

from m365backup_tui.practice.arm.kinds import Kind
from m365backup_tui.practice.errors import ArmError

RESOURCES = (
    "2025-04-01", "2024-11-01", "2024-07-01", "2024-03-01", "2023-07-01", "2022-09-01",
    "2021-04-01", "2020-10-01", "2020-06-01", "2019-10-01", "2018-05-01", "2016-02-01",
)  # fmt: skip
SUBSCRIPTIONS = ("2022-12-01", "2022-09-01", "2021-01-01", "2020-01-01", "2019-11-01", "2016-06-01")
AUTHORIZATION = ("2022-04-01", "2020-10-01-preview", "2018-07-01", "2015-07-01")
DEFINITIONS = ("2022-05-01-preview", "2022-04-01", "2018-01-01-preview", "2015-07-01")
DENY_ASSIGNMENTS = ("2022-04-01", "2018-07-01-preview")
PIM = ("2020-10-01", "2020-10-01-preview")
LOCKS = ("2020-05-01", "2017-04-01", "2016-09-01")
# az 2.91 sends the first.
POLICY = (
    "2025-11-01", "2025-03-01", "2025-01-01", "2024-05-01", "2024-04-01", "2023-04-01",
    "2022-06-01", "2021-06-01",
)  # fmt: skip
RESTRICTIONS = ("2024-10-01", "2023-03-01", "2022-03-01", "2020-07-01")
ELEVATE = ("2017-05-01", "2016-07-01", "2015-07-01")
COSTS = ("2025-03-01", "2024-08-01", "2023-11-01", "2023-03-01", "2022-10-01")

_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?", re.IGNORECASE | re.ASCII)


def check_version(given: str, taken: frozenset[str], by_type: bool) -> None:
    """400 for a version that is missing, malformed, or (unless `by_type`) not taken."""
    if not given:
        raise ArmError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not _SHAPE.fullmatch(given):
        raise ArmError(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{given}' is invalid. An api-version is a date, with or without a "
            "suffix such as -preview.",
        )
    if not by_type and given.lower() not in taken:
        raise ArmError(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{given}' is invalid. The supported versions are "
            f"'{','.join(sorted(taken, reverse=True))}'.",
        )


def check_type_version(kind: Kind, given: str) -> None:
    """400 NoRegisteredProviderFound, naming the type's versions (general knowledge, UNVERIFIED)."""
    if given.lower() not in kind.versions:
        raise ArmError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for type '{kind.type}' and API version "
            f"'{given}'. The supported api-versions are '{', '.join(kind.versions)}'.",
        )
