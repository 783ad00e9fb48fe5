"""Scopes: the root, a subscription, a resource group or a resource, as paths."""

ROOT = "/"


def subscription_scope(subscription_id: str) -> str:
    """`/subscriptions/{id}`."""
    return f"/subscriptions/{subscription_id}"


def group_scope(subscription_id: str, group: str) -> str:
    """`/subscriptions/{id}/resourceGroups/{name}`."""
    return f"/subscriptions/{subscription_id}/resourceGroups/{group}"


def covers(outer: str, inner: str) -> bool:
    """Whether what is said at `outer` holds at `inner`: the same scope or one above it."""
    wide, narrow = outer.lower(), inner.lower()
    return wide == ROOT or narrow == wide or narrow.startswith(f"{wide}/")


def group_of(scope: str) -> str | None:
    """The resource group's name in a scope, in lower case; None above groups."""
    parts = scope.lower().split("/")
    return parts[4] if len(parts) > 4 and parts[3] == "resourcegroups" else None
