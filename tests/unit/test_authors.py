"""Who and when: the three shapes that Graph gives, and an id that is never shown as a name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from m365backup_tui.cloud.authors import author_from, moment
from m365backup_tui.cloud.backup_values import holding_from, policy_from, unit_from
from m365backup_tui.cloud.rule_values import rule_from
from m365backup_tui.domain.author import NOBODY, Author
from m365backup_tui.domain.products import Product

ID = "7b0c2f1e-0d5a-4d53-9d0b-1a2b3c4d5e6f"
ADA = {"id": ID, "displayName": "Ada", "email": "ada@contoso.com"}


@pytest.mark.parametrize(
    ("value", "author", "words"),
    [
        ({"user": ADA}, Author(ID, "Ada", "ada@contoso.com"), "Ada (ada@contoso.com)"),
        ({"user": {"id": ID}}, Author(ID), "somebody (id not readable)"),
        ({"user": {"identity": ID}}, Author(ID), "somebody (id not readable)"),
        ({"user": {"identity": "Ada"}}, Author("", "Ada"), "Ada"),
        ({"user": {"id": ID, "displayName": ID}}, Author(ID), "somebody (id not readable)"),
        ({"user": {"email": "a@b.c"}}, Author("", "", "a@b.c"), "a@b.c"),
        (
            {"application": {"id": ID, "displayName": "Script"}},
            Author(app="Script"),
            "the application Script",
        ),
        ({"application": {"displayName": "X"}, "user": {"id": ID}}, Author(ID), "somebody"),
        ({"user": None, "application": None}, NOBODY, "the service does not say"),
        (None, NOBODY, "the service does not say"),
        ("7", NOBODY, "the service does not say"),
    ],
)
def test_who(value: object, author: Author, words: str) -> None:
    found = author_from(value)
    assert found == author
    assert found.words.startswith(words)
    assert ID not in str(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-03T09:15:22Z", datetime(2026, 11, 3, 9, 15, 22, tzinfo=UTC)),
        ("2026-11-03T09:15:22", datetime(2026, 11, 3, 9, 15, 22, tzinfo=UTC)),
        ("2026-11-03T10:15:22+01:00", datetime(2026, 11, 3, 9, 15, 22, tzinfo=UTC)),
        (" 2026-11-03T09-15-22.45Z", datetime(2026, 11, 3, 9, 15, 22, 450000, tzinfo=UTC)),
        (
            "2026-11-03T09:15:22.123456789Z",
            datetime(2026, 11, 3, 9, 15, 22, 123456, tzinfo=UTC),
        ),
        ("never", None),
        (5, None),
    ],
)
def test_when(text: object, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_policy_unit_holding_and_rule_carry_them() -> None:
    stamp = "2026-11-03T09:15:22Z"
    at = datetime(2026, 11, 3, 9, 15, 22, tzinfo=UTC)
    item = {
        "id": "x",
        "policyId": "p",
        "directoryObjectId": "K",
        "createdDateTime": stamp,
        "createdBy": {"user": ADA},
        "lastModifiedDateTime": "2026-12-03T09:15:22Z",
        "lastModifiedBy": {"user": {"id": ID}},
    }
    later = datetime(2026, 12, 3, 9, 15, 22, tzinfo=UTC)
    ada = Author(ID, "Ada", "ada@contoso.com")
    unit, holding = unit_from(item, Product.EXCHANGE), holding_from(item, Product.EXCHANGE)
    assert (unit.since, unit.by) == (at, ada)
    assert holding is not None
    assert (holding.since, holding.by) == (at, ada)
    policy, rule = policy_from(item, Product.EXCHANGE), rule_from(item, Product.EXCHANGE)
    assert (policy.changed, policy.changed_by) == (later, Author(ID))
    assert (rule.modified, rule.by) == (later, Author(ID))
