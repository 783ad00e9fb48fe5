"""Where a fault strikes: a whole service, a named operation, or `METHOD /path/glob`."""

import fnmatch
import re
from difflib import get_close_matches
from functools import cache

SERVICES = ("graph", "arm", "entra", "portal")
# "service": the two services with data. "any": sign-in and the admin center's pages too.
WIDE = {"service": ("graph", "arm"), "any": SERVICES}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "*")

_BACKUP = "/{version}/solutions/backupRestore"
_GROUP = "/subscriptions/{id}/resourcegroups/{id}"

# {id} is one segment of the path, {kind} a part of one, {version} is v1.0 or beta.
NAMED: dict[str, str] = {
    "start device code": "POST /{id}/oauth2/v2.0/devicecode",
    "get token": "POST /{id}/oauth2/v2.0/token",
    "sign in": "* /{id}/oauth2/v2.0/authorize",
    "enter device code": "POST /common/oauth2/deviceauth",
    "read me": "GET /{version}/me",
    "read organization": "GET /{version}/organization",
    "list licences": "GET /{version}/subscribedSkus",
    "list roles": "GET /{version}/roleManagement/directory/{kind}",
    "list users": "GET /{version}/users",
    "find user": "GET /{version}/users/{id}",
    "list groups": "GET /{version}/groups",
    "list members": "GET /{version}/groups/{id}/{kind}members",
    "find sites": "GET /{version}/sites",
    "find site": "GET /{version}/sites/{rest}",
    "find drive": "GET /{version}/users/{id}/drive",
    "get objects": "POST /{version}/directoryObjects/getByIds",
    "read report": "GET /{version}/reports/{id}",
    "batch": "POST /{version}/$batch",
    "read backup status": f"GET {_BACKUP}",
    "turn on backup": f"POST {_BACKUP}/enable",
    "list service apps": f"GET {_BACKUP}/serviceApps",
    "create service app": f"POST {_BACKUP}/serviceApps",
    "list policies": f"GET {_BACKUP}/{{kind}}ProtectionPolicies",
    "read policy": f"GET {_BACKUP}/{{kind}}ProtectionPolicies/{{id}}",
    "create policy": f"POST {_BACKUP}/{{kind}}ProtectionPolicies",
    "change policy": f"PATCH {_BACKUP}/{{kind}}ProtectionPolicies/{{id}}",
    "activate policy": f"POST {_BACKUP}/{{kind}}ProtectionPolicies/{{id}}/activate",
    "deactivate policy": f"POST {_BACKUP}/{{kind}}ProtectionPolicies/{{id}}/deactivate",
    "delete policy": f"DELETE {_BACKUP}/{{kind}}ProtectionPolicies/{{id}}",
    "list units": f"GET {_BACKUP}/{{kind}}ProtectionPolicies/{{id}}/{{kind}}ProtectionUnits",
    "list all units": f"GET {_BACKUP}/{{kind}}ProtectionUnits",
    "list rules": f"GET {_BACKUP}/{{kind}}Policies/{{id}}/{{kind}}InclusionRules",
    "create rule": f"POST {_BACKUP}/{{kind}}Policies/{{id}}/{{kind}}InclusionRules",
    "run rule": f"POST {_BACKUP}/{{kind}}Policies/{{id}}/{{kind}}InclusionRules/{{id}}/run",
    "start bulk job": f"POST {_BACKUP}/{{kind}}Policies/{{id}}/{{kind}}BulkAdditionJobs",
    "read bulk job": f"GET {_BACKUP}/{{kind}}Policies/{{id}}/{{kind}}BulkAdditionJobs/{{id}}",
    "list restore points": f"GET {_BACKUP}/restorePoints",
    "list subscriptions": "GET /subscriptions",
    "list resource groups": "GET /subscriptions/{id}/resourcegroups",
    "create resource group": f"PUT {_GROUP}",
    "read provider": "GET /subscriptions/{id}/providers/{id}",
    "register provider": "POST /subscriptions/{id}/providers/{id}/register",
    "list role assignments": "GET /{rest}/providers/Microsoft.Authorization/roleAssignments",
    "list locks": "GET /{rest}/providers/Microsoft.Authorization/locks",
    "create billing account": f"PUT {_GROUP}/providers/Microsoft.Syntex/{{id}}/{{id}}",
    "save billing": "POST /portal/{id}",
    "turn on in the admin center": "POST /portal/{id}/turn-on",
}
_PARTS = {"id": "[^/]+", "kind": "[^/]*", "version": "(?:v1\\.0|beta)", "rest": ".+"}
_ENTRA = re.compile(r"^//?[^/]+/(oauth2/|v2\.0/|discovery/|\.well-known/)", re.IGNORECASE)


def service_of(path: str) -> str:
    """Which service a path belongs to: graph, entra, portal, control or arm."""
    lower = path.lower()
    if lower.startswith(("/v1.0/", "/beta/", "/reports-download/")) or lower in ("/v1.0", "/beta"):
        return "graph"
    if lower.startswith("/control/") or lower == "/control":
        return "control"
    if lower.startswith("/portal"):
        return "portal"
    return "entra" if _ENTRA.match(path) else "arm"


def read_operation(value: object) -> str:
    """The operation as the switches keep it. Raises ValueError naming the rule."""
    said = "operation is a service, a named operation, or METHOD /path with * for any text"
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{said}.")
    text = " ".join(value.split())
    method, _, path = text.partition(" ")
    if path.startswith("/"):
        if method.upper() not in METHODS:
            raise ValueError(f"{said}; {method!r} is no method.")
        return f"{method.upper()} {path}"
    name = text.replace("-", " ").lower()
    if name in SERVICES or name in WIDE or name in NAMED:
        return name
    near = get_close_matches(name, (*SERVICES, *WIDE, *NAMED), 1)
    raise ValueError(f"{said}; {text!r} is none." + (f" Did you mean {near[0]!r}?" if near else ""))


def of_service(service: str) -> list[str]:
    """The operations that mean requests of this service; all of them for "any"."""
    if service not in SERVICES:
        return [*SERVICES, *WIDE, *NAMED]
    named = [name for name, what in NAMED.items() if service_of(_example(what)) == service]
    return [service, *named]


def _example(what: str) -> str:
    return what.partition(" ")[2].replace("{version}", "v1.0")


def is_wide(operation: str) -> bool:
    """Whether it means whole services, and no request in particular."""
    return operation in SERVICES or operation in WIDE


def strikes(operation: str, method: str, path: str) -> bool:
    """Whether a request is meant by this operation, without regard to case and doubled slashes."""
    if operation in SERVICES:
        return operation == service_of(path)
    if operation in WIDE:
        return service_of(path) in WIDE[operation]
    plain = re.sub(r"/{2,}", "/", path)
    asked = f"{method} {plain.rstrip('/') or '/'}"
    if operation in NAMED:
        return _named(operation).fullmatch(asked) is not None
    wanted = operation.lower()
    return any(fnmatch.fnmatchcase(text.lower(), wanted) for text in {asked, f"{method} {plain}"})


@cache
def _named(operation: str) -> re.Pattern[str]:
    method, _, path = NAMED[operation].partition(" ")
    parts = re.split(r"\{(\w+)\}", path)
    texts = [_PARTS[part] if nr % 2 else re.escape(part) for nr, part in enumerate(parts)]
    found = "[A-Z]+" if method == "*" else method
    return re.compile(f"{found} {''.join(texts)}", re.IGNORECASE)
