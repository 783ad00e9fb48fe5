"""ARM's table of routes: path, method, api-versions, query options and the Azure action needed."""

from m365backup_tui.practice.arm import (
    access_answers,
    group_answers,
    operation_answers,
    policy_answers,
    provider_answers,
    resource_answers,
    role_answers,
    subscription_answers,
    tag_answers,
    versions,
)
from m365backup_tui.practice.arm.call import Route
from m365backup_tui.practice.arm.kinds import ALL_VERSIONS
from m365backup_tui.practice.arm.routing import AUTH, GROUP, RESOURCE, SCOPES, SUB, TYPED, route
from m365backup_tui.practice.arm.scope_routes import authorization, questions, tags

_RG = "Microsoft.Resources/subscriptions/resourceGroups"
_PAGE = ("$filter", "$top", "$skiptoken")

_SUBSCRIPTIONS = (
    route("GET", "/subscriptions", versions.SUBSCRIPTIONS, subscription_answers.subscriptions),
    route(
        "GET",
        "/tenants",
        versions.SUBSCRIPTIONS,
        subscription_answers.tenants,
        ("$includealltenantcategories",),
    ),
    route("GET", SUB, versions.SUBSCRIPTIONS, subscription_answers.subscription),
    route(
        "GET",
        f"{SUB}/locations",
        versions.SUBSCRIPTIONS,
        subscription_answers.locations,
        ("includeextendedlocations",),
    ),
    route(
        "POST",
        "/providers/Microsoft.Resources/checkResourceName",
        versions.SUBSCRIPTIONS,
        subscription_answers.check_resource_name,
    ),
)

_GROUPS = (
    route("GET", f"{SUB}/resourcegroups", versions.RESOURCES, group_answers.list_groups, _PAGE),
    route("GET", GROUP, versions.RESOURCES, group_answers.get_group, (), f"{_RG}/read"),
    route("HEAD", GROUP, versions.RESOURCES, group_answers.get_group, (), f"{_RG}/read"),
    route("PUT", GROUP, versions.RESOURCES, group_answers.put_group, (), f"{_RG}/write"),
    route("PATCH", GROUP, versions.RESOURCES, group_answers.patch_group, (), f"{_RG}/write"),
    route(
        "DELETE",
        GROUP,
        versions.RESOURCES,
        group_answers.delete_group,
        ("forcedeletiontypes",),
        f"{_RG}/delete",
    ),
)

_PROVIDERS = (
    route(
        "GET",
        "/providers",
        versions.RESOURCES,
        provider_answers.tenant_providers,
        ("$expand",),
    ),
    route(
        "GET",
        "/providers/{namespace}",
        versions.RESOURCES,
        provider_answers.tenant_provider,
        ("$expand",),
    ),
    route(
        "GET",
        f"{SUB}/providers",
        versions.RESOURCES,
        provider_answers.list_providers,
        ("$expand",),
    ),
    route(
        "GET",
        f"{SUB}/providers/{{namespace}}",
        versions.RESOURCES,
        provider_answers.get_provider,
        ("$expand",),
    ),
    route(
        "GET",
        f"{SUB}/providers/{{namespace}}/resourceTypes",
        versions.RESOURCES,
        provider_answers.resource_types,
        ("$expand",),
    ),
    route(
        "POST",
        f"{SUB}/providers/{{namespace}}/register",
        versions.RESOURCES,
        provider_answers.register,
        (),
        "{namespace}/register/action",
    ),
    route(
        "POST",
        f"{SUB}/providers/{{namespace}}/unregister",
        versions.RESOURCES,
        provider_answers.unregister,
        (),
        "{namespace}/unregister/action",
    ),
)

_OPERATIONS = (
    route(
        "GET",
        f"{SUB}/operationresults/{{name}}",
        versions.RESOURCES,
        operation_answers.result,
    ),
    route(
        "GET",
        f"{SUB}/providers/{{namespace}}/locations/{{place}}/operationResults/{{name}}",
        ALL_VERSIONS,
        operation_answers.result,
    ),
    route(
        "GET",
        f"{SUB}/providers/{{namespace}}/locations/{{place}}/operationStatuses/{{name}}",
        ALL_VERSIONS,
        operation_answers.state,
    ),
)


_AT_ROOT = (
    route(
        "GET",
        f"{AUTH}/roleDefinitions/{{name}}",
        versions.DEFINITIONS,
        role_answers.role_definition,
    ),
    route("GET", f"{AUTH}/policyDefinitions", versions.POLICY, policy_answers.definitions),
    route("GET", f"{AUTH}/policyDefinitions/{{name}}", versions.POLICY, policy_answers.definition),
    route(
        "GET",
        f"{SUB}{AUTH}/policyDefinitions",
        versions.POLICY,
        policy_answers.definitions,
        ("$filter",),
        "Microsoft.Authorization/policyDefinitions/read",
    ),
    route("POST", f"{AUTH}/elevateAccess", versions.ELEVATE, access_answers.elevate_access),
)


def _resources() -> tuple[Route, ...]:
    r = resource_answers
    options = (*_PAGE, "$expand")
    one = [("GET", r.get_resource), ("HEAD", r.get_resource), ("PUT", r.put_resource)]
    one += [("PATCH", r.patch_resource), ("DELETE", r.delete_resource)]
    return (
        route("GET", f"{SUB}/tagNames", versions.RESOURCES, tag_answers.tag_names),
        route("GET", f"{SUB}/resources", versions.RESOURCES, r.list_resources, options),
        route("GET", f"{GROUP}/resources", versions.RESOURCES, r.list_resources, options),
        route("GET", f"{SUB}{TYPED}", ALL_VERSIONS, r.list_typed, by_type=True),
        route("GET", f"{GROUP}{TYPED}", ALL_VERSIONS, r.list_typed, by_type=True),
        *(route(method, RESOURCE, ALL_VERSIONS, answer, by_type=True) for method, answer in one),
    )


# Order matters: the patterns of resource types take any path that the others have left.
ROUTES: tuple[Route, ...] = (
    *_SUBSCRIPTIONS,
    *_GROUPS,
    *_AT_ROOT,
    *_PROVIDERS,
    *_OPERATIONS,
    *(one for scope in SCOPES for one in authorization(scope)),
    *(one for scope in SCOPES for one in tags(scope)),
    *(one for scope in (SUB, GROUP) for one in questions(scope)),
    *_resources(),
)
