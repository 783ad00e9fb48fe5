"""A walk through every route of the backup side of the practice Graph: policies, units, rules, jobs, control."""

from __future__ import annotations

from dataclasses import dataclass

from tests.practice.backup_control import in_days
from tests.practice.restoring import artifacts
from tests.practice.walking import BACKUP, Json, Walk

NOBODY = "nobody@northwind.example"


@dataclass(frozen=True, slots=True)
class Service:
    """The names of one service's routes: `artifact` as tests.practice.restoring calls its things."""

    artifact: str
    name: str
    unit: str
    key: str

    @property
    def policies(self) -> str:
        """Where its policies are."""
        return f"{BACKUP}/{self.name}ProtectionPolicies"


SERVICES = (
    Service("exchange", "exchange", "mailbox", "directoryObjectId"),
    Service("oneDrive", "oneDriveForBusiness", "drive", "directoryObjectId"),
    Service("sharePoint", "sharePoint", "site", "siteId"),
)


def walk_control(app: Walk, billing: Json) -> None:
    """Service apps and enable, by an application of one's own while nobody controls the backup."""
    apps = f"{BACKUP}/serviceApps"
    made = app.post(apps, {})
    app.get(apps)
    one = f"{apps}/{made['id']}"
    app.get(one)
    app.post(f"{one}/activate", {})
    answer = app._web.post(f"{app.ready['portal']}app-billing", data=billing, timeout=10)
    assert answer.status_code == 200, answer.text
    app.controls.advance("PT10M")
    app.post(f"{BACKUP}/enable", {"appOwnerTenantId": app.ready["tenant_id"]})
    app.get(BACKUP)
    app.do("PATCH", f"{BACKUP}/emailNotificationsSetting", {"isEnabled": True})


def walk_pending_control(app: Walk) -> None:
    """A hand-over that is announced, called off and forgotten, while the admin center controls."""
    apps = f"{BACKUP}/serviceApps"
    made = app.post(apps, {"@odata.type": "#microsoft.graph.serviceApp"})
    one = f"{apps}/{made['id']}"
    app.post(f"{one}/activate", {"effectiveDateTime": in_days(app.controls, 10)})
    app.get(one)
    app.post(f"{one}/deactivate")
    app.do("DELETE", one)


def walk_notifications(walk: Walk) -> None:
    """Who gets mail about the backup."""
    path = f"{BACKUP}/emailNotificationsSetting"
    walk.get(path)
    recipients = {"role": "custom", "customRecipients": [{"email": "ann@northwind.example"}]}
    change = {"isEnabled": True, "additionalEvents": "none", "recipients": recipients}
    walk.do("PATCH", path, change)
    walk.do("PATCH", path, {"recipients": {"role": "globalAdmins,backupAdmins"}})
    walk.do("PATCH", path, {"additionalEvents": "restoreAndPolicyUpdates"})


def walk_policies(walk: Walk, service: Service) -> str:
    """A policy's life up to being deleted; a second one stays protected, its id is the answer."""
    keys = artifacts(service.artifact, 9)
    policy = _made(walk, service, f"{service.unit} short", keys[:3])
    _units(walk, service, policy, keys[3])
    _rules(walk, service, policy)
    _jobs(walk, service, policy, keys[4:6])
    walk.post(f"{BACKUP}/protectionPolicies/{policy}/deactivate")
    walk.controls.advance("P2D")
    spare = walk.post(service.policies, {"displayName": f"{service.unit} spare"})["id"]
    walk.do("DELETE", f"{BACKUP}/protectionPolicies/{spare}")
    walk.do("DELETE", f"{service.policies}/{policy}")
    return _made(walk, service, f"{service.unit} kept", keys[6:])


def _made(walk: Walk, service: Service, name: str, keys: list[str]) -> str:
    units = [{service.key: key} for key in keys]
    body = {"displayName": name, f"{service.unit}ProtectionUnits": units}
    policy = str(walk.post(service.policies, body)["id"])
    general = f"{BACKUP}/protectionPolicies"
    kind = f"{service.name}ProtectionPolicy"
    walk.get(f"{service.policies}/{policy}")
    walk.post(f"{general}/{policy}/activate")
    walk.get(f"{general}/{policy}")
    walk.controls.advance("PT2H")
    for path in (service.policies, general, f"{general}/{policy}", f"{service.policies}/{policy}"):
        walk.get(path)
    for cast in (f"graph.{kind}", f"microsoft.graph.{kind}"):
        walk.get(f"{general}/{cast}")
        walk.get(f"{general}/{policy}/{cast}")
    return policy


def _units(walk: Walk, service: Service, policy: str, new: str) -> None:
    kind, one = f"{service.unit}ProtectionUnit", f"{service.policies}/{policy}"
    unit = walk.first(f"{one}/{kind}s")["id"]
    delta = [
        {service.key: new},
        {service.key: new[:-12] + "0" * 12},
        {"@removed": {"reason": "changed"}, "id": unit},
    ]
    walk.do("PATCH", one, {"displayName": "Renamed", f"{kind}s@delta": delta})
    evolved = {"Prefer": "include-unknown-enum-members"}
    general = f"{BACKUP}/protectionUnits"
    for _ in range(2):  # while it is being removed, and afterwards
        for path in (f"{one}/{kind}s", f"{BACKUP}/{kind}s", general, f"{general}/{unit}"):
            walk.get(path, **evolved)
        walk.get(f"{BACKUP}/{kind}s/{unit}")
        for cast in (f"graph.{kind}", f"microsoft.graph.{kind}"):
            walk.get(f"{general}/{cast}?$top=2&$count=true")
            walk.get(f"{general}/{unit}/{cast}")
        walk.controls.advance("P1D")
    walk.get(f"{one}/{kind}s/{walk.first(f'{one}/{kind}s')['id']}")
    walk.do("PATCH", f"{BACKUP}/{kind}s/{unit}", {})
    walk.post(f"{general}/{unit}/offboard")
    walk.get(f"{general}/{unit}")
    walk.get(f"{general}/{unit}", **evolved)
    walk.post(f"{general}/{unit}/cancelOffboard")
    walk.get(f"{general}/{unit}", **evolved)


def _rules(walk: Walk, service: Service, policy: str) -> None:
    rules = f"{service.policies}/{policy}/{service.unit}InclusionRules"
    field = f"{service.unit}Expression"
    texts = ["((displayName -contains 'Archive') -or (webUrl -contains 'legal'))"]
    if service.unit != "site":
        query = "$filter=securityEnabled eq true&$select=id&$top=2"
        groups = walk.get(f"/v1.0/groups?{query}")["value"]
        texts = [f"(memberOf -any (group.id -in ['{group['id']}']))" for group in groups]
    rule = f"{rules}/{walk.post(rules, {field: texts[0]})['id']}"
    walk.get(rule)
    walk.controls.advance("P1D")
    walk.get(rules)
    walk.get(rule)
    walk.post(f"{rule}/run")
    walk.controls.advance("P1D")
    walk.do("DELETE", rule)
    if service.unit == "site":  # dynamic rules are not for SharePoint (graph.md §7)
        return
    dynamic = f"{rules}/{walk.post(rules, {field: texts[0], 'isAutoApplyEnabled': True})['id']}"
    walk.controls.advance("P1D")
    walk.get(dynamic)
    walk.do("PATCH", dynamic, {field: texts[1]})
    for prefer in ("", "include-unknown-enum-members"):
        walk.get(dynamic, Prefer=prefer)
    walk.controls.advance("P1D")
    walk.get(f"{BACKUP}/{service.unit}ProtectionUnits")  # manual, dynamicRule or both
    walk.post(f"{dynamic}/deleteAndUnprotect")
    walk.get(rules, Prefer="include-unknown-enum-members")
    walk.controls.advance("P1D")


def _jobs(walk: Walk, service: Service, policy: str, keys: list[str]) -> None:
    jobs = f"{service.policies}/{policy}/{service.unit}ProtectionUnitsBulkAdditionJobs"
    ids = "siteIds" if service.unit == "site" else "directoryObjectIds"
    addresses = {"site": "siteWebUrls", "drive": "drives", "mailbox": "mailboxes"}[service.unit]
    nobody = "https://northwind.example/sites/none" if service.unit == "site" else NOBODY
    body = {"displayName": "Wave 1", ids: keys, addresses: [nobody]}
    job = f"{jobs}/{walk.post(jobs, body)['id']}"
    walk.get(job)
    walk.controls.advance("P1D")
    walk.get(jobs)
    assert walk.get(job)["status"] == "completedWithErrors"
