"""The token buckets of the practice Azure, on an injected clock."""

from datetime import UTC, datetime, timedelta

import pytest

from m365backup_tui.practice.arm.throttle import READS, WRITES, Buckets, Limit
from m365backup_tui.practice.errors import ArmError

READ = "x-ms-ratelimit-remaining-subscription-reads"


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 2, tzinfo=UTC)
        self.tenant = object()

    def buckets(self) -> Buckets:
        """Fresh buckets on this clock."""
        return Buckets(lambda: self.moment, lambda: self.tenant)


def drain(buckets: Buckets, oid: str, operation: str, most: int) -> ArmError | None:
    """Take up to `most` tokens; the refusal if there was one."""
    for _ in range(most):
        try:
            buckets.take(oid, "sub", operation, None)
        except ArmError as refused:
            return refused
    return None


@pytest.mark.parametrize(("operation", "limit"), [("reads", READS), ("writes", WRITES)])
def test_a_bucket_empties_and_refills_as_documented(operation: str, limit: Limit) -> None:
    clock = Clock()
    buckets = clock.buckets()
    size = int(limit.size)
    assert drain(buckets, "one", operation, size) is None
    refused = drain(buckets, "one", operation, 1)
    assert refused is not None
    assert (refused.status, refused.code) == (429, "SubscriptionRequestsThrottled")
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers[f"x-ms-ratelimit-remaining-subscription-{operation}"] == "0"
    clock.moment += timedelta(seconds=1)
    assert drain(buckets, "one", operation, int(limit.refill)) is None
    assert drain(buckets, "one", operation, 1) is not None
    clock.moment += timedelta(hours=1)
    left = buckets.take("one", "sub", operation, None)
    assert left[f"x-ms-ratelimit-remaining-subscription-{operation}"] == str(size - 1)


def test_people_and_kinds_of_call_have_their_own_buckets() -> None:
    buckets = Clock().buckets()
    assert drain(buckets, "one", "reads", int(READS.size) + 1) is not None
    assert drain(buckets, "one", "writes", 1) is None
    assert drain(buckets, "one", "deletes", int(WRITES.size)) is None
    assert drain(buckets, "two", "reads", int(READS.size)) is None


def test_the_subscription_has_one_bucket_for_everybody() -> None:
    buckets = Clock().buckets()
    for person in range(15):
        assert drain(buckets, f"person {person}", "reads", int(READS.size)) is None
    refused = drain(buckets, "one more", "reads", 1)
    assert refused is not None
    assert refused.headers["x-ms-ratelimit-remaining-subscription-global-reads"] == "0"
    assert refused.headers[READ] == str(int(READS.size))


def test_a_tenant_that_starts_over_has_full_buckets() -> None:
    clock = Clock()
    buckets = clock.buckets()
    assert drain(buckets, "one", "reads", int(READS.size) + 1) is not None
    clock.tenant = object()
    assert drain(buckets, "one", "reads", 1) is None


def test_calls_without_a_subscription_use_the_tenants_bucket() -> None:
    buckets = Clock().buckets()
    left = buckets.take("one", None, "reads", None)
    assert left == {"x-ms-ratelimit-remaining-tenant-reads": str(int(READS.size) - 1)}


def test_a_draining_allowance_ends_in_a_refusal() -> None:
    clock = Clock()
    buckets = clock.buckets()
    fault = {"remaining": 2}
    seen = [buckets.take("one", "sub", "reads", fault)[READ] for _ in range(2)]
    assert seen == ["1", "0"]
    with pytest.raises(ArmError) as refused:
        buckets.take("one", "sub", "reads", fault)
    assert refused.value.headers["Retry-After"] == "5"
    clock.moment += timedelta(seconds=5)
    assert buckets.take("one", "sub", "reads", fault)[READ] == "0"
