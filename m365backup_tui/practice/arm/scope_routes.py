"""Routes that every scope has alike: subscription, resource group, resource."""

from m365backup_tui.practice.arm import (
    access_answers,
    cost_answers,
    lock_answers,
    pim_answers,
    policy_answers,
    role_answers,
    tag_answers,
    versions,
)
from m365backup_tui.practice.arm.call import Answer, Route
from m365backup_tui.practice.arm.routing import AUTH, route


def authorization(scope: str) -> tuple[Route, ...]:
    """The calls about rights, locks, policies and tags, which every scope has alike."""
    auth, assignments, definitions = versions.AUTHORIZATION, "roleAssignments", "roleDefinitions"
    a, r, p = access_answers, role_answers, policy_answers

    def of(
        method: str,
        tail: str,
        taken: tuple[str, ...],
        answer: Answer,
        verb: str,
        options: tuple[str, ...] = (),
    ) -> Route:
        kind = tail.partition("/")[0]
        action = f"Microsoft.Authorization/{kind}/{verb}"
        return route(method, f"{scope}{AUTH}/{tail}", taken, answer, options, action)

    def extension(
        kind: str,
        taken: tuple[str, ...],
        answers: tuple[Answer, Answer, Answer, Answer],
    ) -> tuple[Route, ...]:
        listed, one, put, delete = answers
        return (
            of("GET", kind, taken, listed, "read", ("$filter",)),
            of("GET", f"{kind}/{{name}}", taken, one, "read"),
            of("PUT", f"{kind}/{{name}}", taken, put, "write"),
            of("DELETE", f"{kind}/{{name}}", taken, delete, "delete"),
        )

    return (
        of("GET", "permissions", auth, a.permissions, "read"),
        *extension(
            assignments,
            auth,
            (
                a.role_assignments,
                a.role_assignment,
                a.put_role_assignment,
                a.delete_role_assignment,
            ),
        ),
        *extension(
            definitions,
            versions.DEFINITIONS,
            (
                r.role_definitions,
                r.role_definition,
                r.put_role_definition,
                r.delete_role_definition,
            ),
        ),
        of(
            "GET",
            "denyAssignments",
            versions.DENY_ASSIGNMENTS,
            a.deny_assignments,
            "read",
            ("$filter",),
        ),
        *extension(
            "locks",
            versions.LOCKS,
            (
                lock_answers.locks,
                lock_answers.lock,
                lock_answers.put_lock,
                lock_answers.delete_lock,
            ),
        ),
        *extension(
            "policyAssignments",
            versions.POLICY,
            (p.assignments, p.assignment, p.put_assignment, p.delete_assignment),
        ),
        route(
            "GET",
            f"{scope}{AUTH}/roleEligibilityScheduleInstances",
            versions.PIM,
            pim_answers.eligibilities,
            ("$filter",),
            unseen=True,
        ),
        route(
            "PUT",
            f"{scope}{AUTH}/roleAssignmentScheduleRequests/{{name}}",
            versions.PIM,
            pim_answers.request_activation,
            unseen=True,
        ),
    )


def tags(scope: str) -> tuple[Route, ...]:
    """The calls about the tags of a scope."""

    def of(method: str, answer: Answer, verb: str) -> Route:
        path, action = f"{scope}/providers/Microsoft.Resources/tags/default", f"tags/{verb}"
        taken = versions.RESOURCES
        return route(method, path, taken, answer, (), f"Microsoft.Resources/{action}")

    return (
        of("GET", tag_answers.get_tags, "read"),
        of("PUT", tag_answers.put_tags, "write"),
        of("PATCH", tag_answers.patch_tags, "write"),
        of("DELETE", tag_answers.delete_tags, "delete"),
    )


def questions(scope: str) -> tuple[Route, ...]:
    """The POST calls that only ask."""
    return (
        route(
            "POST",
            f"{scope}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions",
            versions.RESTRICTIONS,
            policy_answers.check_restrictions,
            (),
            "Microsoft.PolicyInsights/checkPolicyRestrictions/read",
        ),
        route(
            "POST",
            f"{scope}/providers/Microsoft.CostManagement/query",
            versions.COSTS,
            cost_answers.query,
            (),
            "Microsoft.CostManagement/query/read",
        ),
    )
