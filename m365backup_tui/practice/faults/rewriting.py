"""Answers with odd content: T2, H11, H12 and H13."""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.faults.newborn import document_of
from m365backup_tui.practice.faults.operations import service_of
from m365backup_tui.practice.tenant import Tenant

NOWHERE = "https://practice-tenant.invalid"
LINKS = ("Location", "Content-Location", "Azure-AsyncOperation")
ENUMS = ("status", "state", "provisioningState", "registrationState", "disableReason", "type")


def rewrite(tenant: Tenant, request: web.Request, response: web.Response, fault: Fault) -> bool:
    """Change the answer as the fault says; False when it has nothing that could be changed."""
    if fault["id"] == "T2":
        return _to_nowhere(tenant, response)
    body = document_of(response)
    if not isinstance(body, dict | list):
        return False
    work: Callable[[Any], bool]
    if fault["id"] == "H11":
        names = (str(fault["property"]),) if "property" in fault else ENUMS
        work = lambda whole: _new_value(whole, names, str(fault["value"]))  # noqa: E731
    elif fault["id"] == "H12":
        work = _new_property
    else:
        work = lambda whole: _odd_page(tenant, request, whole, str(fault["variant"]))  # noqa: E731
    if not work(body):
        return False
    response.body = json.dumps(body).encode()
    return True


def _to_nowhere(tenant: Tenant, response: web.Response) -> bool:
    changed = False
    for name in LINKS:
        if response.headers.get(name, "").startswith(tenant.base_url):
            response.headers[name] = NOWHERE + response.headers[name][len(tenant.base_url) :]
            changed = True
    body = document_of(response)
    if _move_links(body, tenant.base_url):
        response.body = json.dumps(body).encode()
        changed = True
    return changed


def _move_links(part: Any, base: str) -> bool:
    changed = False
    if isinstance(part, dict):
        for name, value in part.items():
            # The issuer is a name, not an address: a client compares it and never goes there.
            if isinstance(value, str) and value.startswith(base + "/") and name != "issuer":
                part[name] = NOWHERE + value[len(base) :]
                changed = True
            changed |= _move_links(value, base)
    elif isinstance(part, list):
        for value in part:
            changed |= _move_links(value, base)
    return changed


def _new_value(part: Any, names: tuple[str, ...], value: str) -> bool:
    changed = False
    if isinstance(part, dict):
        for name, old in part.items():
            if name in names and isinstance(old, str):
                part[name] = value
                changed = True
            else:
                changed |= _new_value(old, names, value)
    elif isinstance(part, list):
        for item in part:
            changed |= _new_value(item, names, value)
    return changed


def _new_property(whole: Any) -> bool:
    items = [whole]
    if isinstance(whole, list):
        items = whole
    elif isinstance(whole.get("value"), list):
        items = [whole, *whole["value"]]
    objects = [item for item in items if isinstance(item, dict)]
    for item in objects:
        item["practiceUnknown"] = "not known to this client"
        item["practiceUnknownObject"] = {"@odata.type": "#practice.unknown", "parts": [1, None, {}]}
    return bool(objects)


def _odd_page(tenant: Tenant, request: web.Request, whole: Any, variant: str) -> bool:
    if not isinstance(whole, dict) or not isinstance(whole.get("value"), list):
        return False
    name = "nextLink" if service_of(request.path) == "arm" else "@odata.nextLink"
    here = tenant.base_url + request.raw_path
    if variant == "relative":
        link = whole.get(name)
        if not isinstance(link, str) or not link.startswith(tenant.base_url):
            return False
        whole[name] = link[len(tenant.base_url) :]
        return True
    if variant == "empty":
        # The same address leads on: it is struck every other time only, so that it has an end.
        emptied = tenant.faults.memory.emptied
        key = request.headers.get("Authorization", "") + here
        emptied ^= {key}
        if key not in emptied:
            return False
        whole["value"] = []
    whole[name] = here
    return True
