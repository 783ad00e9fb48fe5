"""The practice Graph answers the documented paths of the API description, when that is at hand."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from ruamel.yaml import YAML

from tests.practice.conftest import Controls
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token, turn_backup_on

SHARED = os.environ.get("M365BACKUP_TUI_SHARED", "/work/shared")
CONTRACT = Path(SHARED, "contract", "graph-backuprestore.openapi.yaml")
# The wizard's side of the API; restoring and browsing are not part of the practice tenant yet.
OURS = re.compile(
    r"/solutions/backupRestore/(protectionPolicies|protectionUnits|"
    r"(exchange|oneDriveForBusiness|sharePoint)ProtectionPolicies|"
    r"(mailbox|drive|site)ProtectionUnits|serviceApps|emailNotificationsSetting|enable)(/|$)"
)
UNKNOWN = "11111111-2222-4333-8444-555555555555"


def _documented(path: str, verb: str) -> bool:
    """Leaves out what graph.md §2 and §16 call artefacts of the generator: counts, writes on
    collections of units, and writes below the policy that no page describes."""
    if "$count" in path or not OURS.match(path):
        return False
    below = re.sub(r"\{[^}]+\}", "*", path.removeprefix("/solutions/backupRestore/"))
    if verb == "get":
        return True
    allowed = (
        r"\w+ProtectionPolicies(/\*)?",
        r"protectionPolicies/\*(/(de)?activate)?",
        r"protectionUnits/\*/(offboard|cancelOffboard)",
        r"\w+ProtectionPolicies/\*/\w+InclusionRules(/\*(/(run|deleteAndUnprotect))?)?",
        r"\w+ProtectionPolicies/\*/\w+BulkAdditionJobs",
        r"serviceApps(/\*(/(de)?activate)?)?",
        r"emailNotificationsSetting|enable",
    )
    if not any(re.fullmatch(pattern, below) for pattern in allowed):
        return False
    artefact = {
        "patch": ("protectionPolicies", "serviceApps"),
        "delete": ("emailNotificationsSetting",),
    }
    return not below.startswith(artefact.get(verb, ("-",)))


def test_every_documented_path_is_known(
    fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session
) -> None:
    if not CONTRACT.exists():
        pytest.skip("the API description is not on this machine")
    paths = YAML(typ="safe").load(CONTRACT.read_text(encoding="utf-8"))["paths"]
    turn_backup_on(controls)
    scopes = (*WIZARD_SCOPES, "BackupRestore-Control.ReadWrite.All")
    rest = Rest(fresh_practice, graph_token(fresh_practice, controls, scopes=scopes), browser)
    unknown: list[str] = []
    tried = 0
    for path, item in paths.items():
        for verb in item:
            if verb not in ("get", "post", "patch", "delete"):
                continue
            if not _documented(path, verb):
                continue
            tried += 1
            body: Any = {} if verb in ("post", "patch") else None
            _, answer = rest.call(verb.upper(), re.sub(r"\{[^}]+\}", UNKNOWN, path), body)
            if "Resource not found for the segment" in str(answer.get("error", {})):
                unknown.append(f"{verb.upper()} {path}")
    controls.reset()
    assert tried > 60
    assert unknown == []
