"""The tenant in which the cells of the fault matrix play, and what it protects, asked past the product."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests

from m365backup_tui.domain.products import Product
from tests.practice.backup_control import CONTROL_SCOPES
from tests.practice.conftest import web_session
from tests.practice.graph_client import graph_token
from tests.practice.matrix_stage import Stage

OFF, ON = "backup-off", "backup-on"  # the snapshots that cells start from
REGION = "westeurope"
GROUP = "rg-matrix"
RULE = "(displayName -contains 'Marketing')"

_LISTS = {
    Product.EXCHANGE: ("exchange", "mailboxProtectionUnits", "directoryObjectId"),
    Product.ONEDRIVE: ("oneDriveForBusiness", "driveProtectionUnits", "directoryObjectId"),
    Product.SHAREPOINT: ("sharePoint", "siteProtectionUnits", "siteId"),
}

# (product, name) -> (status, keys of the units that are in it and not leaving it)
Protection = dict[tuple[Product | str, str], tuple[str, frozenset[str]]]


class Witness:
    """Looks at the tenant with a client of its own, while no fault is on."""

    def __init__(self, stage: Stage) -> None:
        self._web: requests.Session = web_session(stage.ready)
        self._stage = stage
        token = graph_token(stage.ready, stage.controls, scopes=CONTROL_SCOPES)
        self._headers = {"Authorization": f"Bearer {token}"}
        self.people: list[Mapping[str, Any]] = []
        self.sites: list[str] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One Graph call that has to work."""
        answer = self._web.request(
            method, self._stage.ready["graph"] + path, json=body, headers=self._headers, timeout=30
        )
        assert answer.ok, (method, path, answer.text)
        return answer.json() if answer.content else None

    def every(self, path: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        while path:
            page = self.call("GET", path)
            found += page["value"]
            path = str(page.get("@odata.nextLink", "")).partition("/v1.0")[2]
        return found

    def policies(self, product: Product) -> list[dict[str, Any]]:
        """As Graph has them."""
        return self.every(f"/solutions/backupRestore/{_LISTS[product][0]}ProtectionPolicies")

    def units(self, product: Product, policy_id: str) -> list[dict[str, Any]]:
        """As Graph has them."""
        kind, units, _ = _LISTS[product]
        return self.every(f"/solutions/backupRestore/{kind}ProtectionPolicies/{policy_id}/{units}")

    def protection(self) -> Protection:
        """Everything that is protected, and how; and whom Microsoft writes to about it."""
        setting = self.call("GET", "/solutions/backupRestore/emailNotificationsSetting")
        said = ("isEnabled", "additionalEvents", "recipients")
        found: Protection = {
            ("tenant", "notifications"): (json.dumps([setting[s] for s in said]), frozenset())
        }
        for product in _LISTS:
            for policy in self.policies(product):
                name = (product, policy["displayName"])
                assert name not in found, f"two policies are called {name}"
                units = [
                    str(unit[_LISTS[product][2]]).lower()
                    for unit in self.units(product, policy["id"])
                    if unit["status"] != "removeRequested"
                ]
                assert len(set(units)) == len(units), f"a unit is twice in {name}"
                found[name] = (policy["status"], frozenset(units))
        return found

    def make(self, product: Product, name: str, keys: list[str], active: bool = True) -> str:
        """A policy as another application would have made it; its id."""
        kind, units, key = _LISTS[product]
        body = {"displayName": name, units: [{key: one} for one in keys]}
        made = self.call("POST", f"/solutions/backupRestore/{kind}ProtectionPolicies", body)
        if active:
            self.call("POST", f"/solutions/backupRestore/protectionPolicies/{made['id']}/activate")
        return str(made["id"])

    def close(self) -> None:
        """Close the connections."""
        self._web.close()


def build(stage: Stage) -> Witness:
    """Both snapshots: backup never turned on, and backup on with a policy of each product."""
    stage.keep(OFF)
    subscription = stage.ready["subscriptions"][0]["id"]
    token = stage.run(stage.sign_in.token(*_azure(stage)))[0]
    with web_session(stage.ready) as web:
        made = web.put(
            f"{stage.ready['arm']}/subscriptions/{subscription}/resourcegroups/{GROUP}",
            params={"api-version": "2021-04-01"},
            json={"location": REGION},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert made.ok, made.text
    stage.controls.admin_center(
        subscription_id=subscription, resource_group=GROUP, region=REGION
    ).raise_for_status()
    stage.controls.advance("PT1H")
    witness = Witness(stage)
    users = witness.every("/users?$select=id,mail,userPrincipalName,displayName,accountEnabled")
    witness.people = [u for u in users if u["mail"] and u["accountEnabled"]]
    witness.sites = [
        site["id"].lower()
        for site in witness.every("/sites?search=*")
        if "-my." not in site["webUrl"] and site["id"].count(",") == 2
    ]
    keys = [str(one["id"]) for one in witness.people]
    witness.make(Product.EXCHANGE, "Finance", keys[:3])
    witness.make(Product.EXCHANGE, "Waiting", keys[3:5], active=False)
    witness.make(Product.ONEDRIVE, "Drives", keys[:2])
    witness.make(Product.SHAREPOINT, "Sites", witness.sites[:2])
    ruled = witness.make(Product.SHAREPOINT, "Ruled", witness.sites[2:3])
    kept = witness.make(Product.ONEDRIVE, "Kept", keys[5:6])
    group = next(g["id"] for g in witness.every("/groups") if g["securityEnabled"])
    _rule(witness, f"sharePointProtectionPolicies/{ruled}/siteInclusionRules", "site", RULE)
    _rule(
        witness,
        f"oneDriveForBusinessProtectionPolicies/{kept}/driveInclusionRules",
        "drive",
        f"(memberOf -any (group.id -in ['{group}']))",
        dynamic=True,
    )
    stage.controls.advance("P1D")
    stage.clock.ahead += 86400 + 3600  # the product's clock goes with the tenant's
    witness.protection()  # whoever looks first settles what has come about meanwhile
    stage.keep(ON)
    return witness


def _rule(witness: Witness, path: str, kind: str, words: str, dynamic: bool = False) -> None:
    rule = {f"{kind}Expression": words, "isAutoApplyEnabled": dynamic}
    witness.call("POST", f"/solutions/backupRestore/{path}", rule)


def _azure(stage: Stage) -> Any:
    from m365backup_tui.cloud.profiles import Resource, practice_profile

    return Resource.ARM, (practice_profile(stage.ready).arm_scope,)
