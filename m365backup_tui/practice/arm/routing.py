"""How a route of ARM's table is written down."""

import re

from m365backup_tui.practice.arm.call import Answer, Route

SUB = "/subscriptions/{sub}"
GROUP = f"{SUB}/resourcegroups/{{group}}"
TYPED = "/providers/{namespace}/{kind}"
RESOURCE = f"{GROUP}{TYPED}/{{resource}}"
SCOPES = (SUB, GROUP, RESOURCE)
AUTH = "/providers/Microsoft.Authorization"
_READS = ("GET", "HEAD")
# POST calls that only ask.
_QUESTIONS = ("checkPolicyRestrictions", "checkResourceName", "query")


def route(
    method: str,
    path: str,
    taken: tuple[str, ...],
    answer: Answer,
    options: tuple[str, ...] = (),
    action: str | None = None,
    *,
    by_type: bool = False,
    unseen: bool = False,
) -> Route:
    """A route; `{name}` in the path is one segment, the rest is taken literally."""
    pattern = "".join(
        f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", path)
    )
    asks = method in _READS or path.endswith(_QUESTIONS)
    return Route(
        method=method,
        pattern=re.compile(pattern, re.IGNORECASE),
        versions=frozenset(taken),
        options=frozenset(options),
        answer=answer,
        action=action,
        by_type=by_type,
        unseen=unseen,
        # Deleting is what a disabled subscription still lets one do (general knowledge, UNVERIFIED).
        writes=not asks and method != "DELETE",
    )
