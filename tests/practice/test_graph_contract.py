"""The practice Graph knows the documented paths of the API description and asks for the documented scopes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from m365backup_tui.practice.entra.keys import load_signer
from tests.practice.conftest import Controls
from tests.practice.contract import Contract, contract
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token

UNKNOWN = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def judge() -> Contract:
    found = contract()
    if found is None:
        pytest.skip("the API description is not on this machine")
    return found


def _ours(judge: Contract) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(verb, path with an unknown id, operation) of every documented one."""
    for verb, path, operation in judge.operations():
        if not operation.get("x-generator-artefact"):
            yield verb, re.sub(r"\{[^}]+\}", UNKNOWN, path), operation


def test_every_documented_path_is_known(
    fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session, judge: Contract
) -> None:
    controls.turn_backup_on()
    scopes = (*WIZARD_SCOPES, "BackupRestore-Control.ReadWrite.All")
    rest = Rest(fresh_practice, graph_token(fresh_practice, controls, scopes=scopes), browser)
    unknown: list[str] = []
    tried = 0
    for verb, path, _ in _ours(judge):
        tried += 1
        body: Any = {} if verb in ("post", "patch") else None
        _, answer = rest.call(verb.upper(), path, body)
        if "Resource not found for the segment" in str(answer.get("error", {})):
            unknown.append(f"{verb.upper()} {path}")
    controls.reset()
    assert tried == 119  # graph.md §16: 265 operations, 146 of them artefacts
    assert unknown == []


def test_every_documented_path_asks_for_its_documented_scopes(
    fresh_practice: dict[str, Any], controls: Controls, browser: requests.Session, judge: Contract
) -> None:
    controls.turn_backup_on()
    token = graph_token(fresh_practice, controls)
    signer = load_signer(Path(fresh_practice["ca_file"]).parent)
    claims = signer.read(token)

    def refused(verb: str, path: str, *scopes: str) -> bool:
        carries = signer.sign({**claims, "scp": " ".join(scopes)})
        body: Any = {} if verb in ("post", "patch") else None
        status, answer = Rest(fresh_practice, carries, browser).call(verb.upper(), path, body)
        return status == 403 and answer["error"]["code"] == "Authorization_RequestDenied"

    every = {
        scope
        for _, _, operation in judge.operations()
        for scope in _scopes(operation)
        if scope.startswith("BackupRestore-")
    }
    wrong: list[str] = []
    for verb, path, operation in _ours(judge):
        granted = _scopes(operation)
        if not granted:
            continue
        if not refused(verb, path, "User.Read", *(every - granted)):
            wrong.append(f"{verb} {path} is open without {sorted(granted)}")
        wrong += [f"{verb} {path} refuses {one}" for one in granted if refused(verb, path, one)]
    controls.reset()
    assert len(every) >= 6
    assert wrong == []


def _scopes(operation: dict[str, Any]) -> set[str]:
    rights = operation.get("x-permissions", {}).get("delegated", {})
    return {*rights.get("leastPrivileged", ()), *rights.get("other", ())}
