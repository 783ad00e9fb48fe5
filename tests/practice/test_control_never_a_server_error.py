"""Whatever an application sends about control or notifications, the answer is never a 5xx."""

from __future__ import annotations

import random
from typing import Any

import pytest
import requests

from tests.practice.backup_control import APPS, BACKUP, app_rest, register
from tests.practice.conftest import Controls

JUNK: tuple[Any, ...] = (
    None, [], {}, "", "x", "\u0000", 0, 1, -1, True, 1e308, 10**40, [None], [[]], [{}], {"a": None},
    "2026-12-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2026-12-01T00:00:00",
    "a" * 100_000, "custom", "none,none", ",", {"role": "custom", "customRecipients": [{"email": "a@b.c"}]},
)  # fmt: skip
NAMES = (
    "effectiveDateTime", "appOwnerTenantId", "isEnabled", "additionalEvents", "recipients", "role",
    "customRecipients", "@odata.type", "id", "",
)  # fmt: skip


def drawn(rng: random.Random, depth: int = 0) -> Any:
    """A body of known names and strange values."""
    if depth > 2 or rng.random() < 0.4:
        return rng.choice(JUNK)
    return {rng.choice(NAMES): drawn(rng, depth + 1) for _ in range(rng.randint(0, 3))}


@pytest.mark.parametrize("seed", range(6))
def test_strange_bodies_are_refused_in_words(
    fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session, seed: int
) -> None:
    rng = random.Random(seed)
    rest = app_rest(fresh_practice, controls, browser)
    app = register(rest)
    paths = [
        ("POST", APPS),
        ("POST", f"{APPS}/{app}/activate"),
        ("POST", f"{APPS}/{app}/deactivate"),
        ("POST", f"{APPS}/%00/activate"),
        ("POST", f"{BACKUP}/enable"),
        ("PATCH", f"{BACKUP}/emailNotificationsSetting"),
        ("GET", f"{APPS}?$top=-1"),
        ("GET", f"{APPS}?$skiptoken=x"),
        ("GET", f"{BACKUP}?$select=,,"),
        ("DELETE", f"{APPS}/{'x' * 2000}"),
    ]
    seen: set[int] = set()
    for _ in range(60):
        method, path = rng.choice(paths)
        status, answer = rest.call(method, path, drawn(rng))
        assert status < 500, (method, path, answer)
        if status >= 400:
            assert answer["error"]["message"]
        seen.add(status)
    assert {200, 400} <= seen
