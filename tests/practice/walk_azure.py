"""A walk through the Azure calls for which azure-mgmt-resource has models."""

from __future__ import annotations

from tests.practice.northwind import SUB_PRODUCTION
from tests.practice.walking import Walk

VERSION = "api-version=2025-04-01"
SUB = f"/subscriptions/{SUB_PRODUCTION}"
GROUP = f"{SUB}/resourceGroups/rg-names"
SYNTEX = f"{GROUP}/providers/Microsoft.Syntex"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/names"


def walk_azure(walk: Walk) -> None:
    """Groups, providers, resources and tags from making to deleting."""
    for namespace in ("Microsoft.Syntex", "Microsoft.Storage"):
        walk.post(f"{SUB}/providers/{namespace}/register?{VERSION}")
    walk.controls.advance("PT1H")
    for at in ("", SUB):
        walk.get(f"{at}/providers?{VERSION}&$expand=resourceTypes/aliases")
        walk.get(f"{at}/providers/Microsoft.Syntex?{VERSION}")
    walk.get(f"{SUB}/providers/Microsoft.Syntex/resourceTypes?{VERSION}")
    body = {"location": "westeurope", "tags": {"cost": "backup"}}
    walk.do("PUT", f"{GROUP}?{VERSION}", body)
    walk.do("PATCH", f"{GROUP}?{VERSION}", {"tags": {"cost": "none"}})
    walk.get(f"{GROUP}?{VERSION}")
    walk.get(f"{SUB}/resourcegroups?{VERSION}")
    walk.do("PUT", f"{STORAGE}?api-version=2024-01-01", {**body, "properties": {}})
    walk.controls.advance("PT1H")
    walk.get(f"{STORAGE}?api-version=2024-01-01")
    for at in (SUB, GROUP):
        walk.get(f"{at}/resources?{VERSION}&$expand=createdTime,changedTime,provisioningState")
    tags = f"{GROUP}/providers/Microsoft.Resources/tags/default?{VERSION}"
    walk.get(tags)
    walk.do("PUT", tags, {"properties": {"tags": {"a": "b"}}})
    walk.do("PATCH", tags, {"operation": "Merge", "properties": {"tags": {"c": "d"}}})
    walk.get(f"{SUB}/tagNames?{VERSION}")
    walk.do("DELETE", f"{STORAGE}?api-version=2024-01-01")
    walk.do("DELETE", f"{GROUP}?{VERSION}")
    walk.controls.advance("PT1H")
    walk.post(f"{SUB}/providers/Microsoft.Storage/unregister?{VERSION}")
