"""A page of every list that the product and other clients ask the practice tenant for."""

from __future__ import annotations

import base64
from typing import Any

from tests.bench.practice_measure import BACKUP, Measure, relative

EVENTUAL = {"ConsistencyLevel": "eventual"}
WIZARD_USER = (
    "$select=id,displayName,userPrincipalName,mail,accountEnabled,userType,department,"
    "assignedPlans,assignedLicenses&$orderby=displayName"
)
POLICIES = ("exchange", "oneDriveForBusiness", "sharePoint")
UNITS = ("mailbox", "drive", "site")
REPORTS = ("getMailboxUsageDetail", "getOneDriveUsageAccountDetail", "getSharePointSiteUsageDetail")
AZURE = "/subscriptions?api-version=2022-12-01"


def lists(measure: Measure, protected: bool) -> None:
    """All of them; those of units only where there are some."""
    _directory(measure)
    _groups(measure)
    _sites(measure)
    for report in REPORTS:
        measure.first_byte(f"{report}, first byte", f"/reports/{report}(period='D30')")
    measure.azure("subscriptions", AZURE)
    if not protected:
        measure.controls.turn_backup_on()
    measure.get("policies", f"{BACKUP}/protectionPolicies")
    if protected:
        _units(measure)
        _units_filtered(measure)
        _restore_points(measure)


def _deep(page: dict[str, Any], position: int) -> str:
    """The nextLink of a page, put to another position: what walking there would come to."""
    path, token = relative(page).split("$skiptoken=")
    token, _, rest = token.partition("&")
    moved = base64.urlsafe_b64encode(f"at:{position}".encode()).decode()
    return f"{path}$skiptoken={moved}{'&' if rest else ''}{rest}"


def _directory(measure: Measure) -> None:
    page = measure.get("users", "/users")
    measure.get("users, second page", relative(page))
    measure.get(
        "users, $top=100 deep", _deep(measure.get("users, $top=100", "/users?$top=100"), 300_000)
    )
    page = measure.get("users, $top=999", "/users?$top=999")
    measure.get("users, $top=999 deep", _deep(page, 300_000))
    page = measure.get("users, $top=999 as the wizard asks", f"/users?$top=999&{WIZARD_USER}")
    measure.get("users, the same deep", _deep(page, 300_000))
    for top in (100, 999):
        path = f"/users?$top={top}&$count=true"
        for word in ("an", "a", "hansen", "zzz"):
            measure.get(
                f"users, $search {word}, $top={top}",
                f'{path}&$search="displayName:{word}"',
                **EVENTUAL,
            )
    begins = "/users?$filter=startswith(displayName,'a')"
    measure.get("users, $filter startswith", begins)
    measure.get("users, $filter department", "/users?$filter=department eq 'Sales'")
    measure.get("users, $filter enabled, guests", "/users?$filter=userType eq 'Guest'")
    ends = "/users?$count=true&$filter=endswith(mail,'{}')"
    measure.get("users, $filter endswith, all", ends.format("northwindlabs.example"), **EVENTUAL)
    measure.get("users, $filter endswith, none", ends.format("nowhere.example"), **EVENTUAL)
    measure.get("users, $filter mail", "/users?$filter=mail eq 'nobody@northwindlabs.example'")
    measure.get(
        "users, $orderby userPrincipalName",
        "/users?$orderby=userPrincipalName&$top=100",
        **EVENTUAL,
    )


def _groups(measure: Measure) -> None:
    found = measure.get("groups", "/groups?$top=100")["value"]
    measure.get("groups, $top=999", "/groups?$top=999")
    measure.get("groups, $search", '/groups?$search="displayName:team"', **EVENTUAL)
    measure.get("groups, $expand members, $top=100", "/groups?$top=100&$expand=members")
    measure.get("groups, $expand members, $top=999", "/groups?$top=999&$expand=members")
    named = {one["displayName"]: one["id"] for one in found}
    everybody = measure.rest.call("GET", "/groups?$filter=displayName eq 'SG All staff'")[1]
    whole = everybody["value"][0]["id"]
    team = next(key for name, key in named.items() if name.startswith("DL "))
    page = measure.get("members of a large group", f"/groups/{team}/members?$top=100")
    measure.get("members of a large group, second page", relative(page))
    measure.get("members of a large group, $top=999", f"/groups/{team}/members?$top=999")
    path = f"/groups/{whole}/transitiveMembers"
    measure.get("transitive members of all staff, $top=100", f"{path}?$top=100")
    measure.get("transitive members of all staff, $top=999", f"{path}?$top=999")
    cast = f"{path}/microsoft.graph.user?$count=true&$top=999"
    measure.get("transitive users of all staff, $top=999", cast, **EVENTUAL)


def _sites(measure: Measure) -> None:
    page = measure.get("sites, *", "/sites?search=*")
    measure.get("sites, * deep", _deep(page, 150_000))
    measure.get("sites, *, $top=999", "/sites?search=*&$top=999")
    for word in ("legal", "s", "sites", "legal archive", "nothing"):
        measure.get(f"sites, {word}", f"/sites?search={word}")
    measure.get("sites, legal, $top=999", "/sites?search=legal&$top=999")
    user = measure.rest.call("GET", "/users?$top=50")[1]["value"][-1]["id"]
    measure.get("drives of a user", f"/users/{user}/drives")


def _units(measure: Measure) -> None:
    page = measure.get("units", f"{BACKUP}/protectionUnits")
    measure.get("units, second page", relative(page))
    measure.get("units, deep", _deep(page, (1 << 40) + 300_000))
    measure.get("units, $top=999", f"{BACKUP}/protectionUnits?$top=999")
    measure.get("units, $count", f"{BACKUP}/protectionUnits?$count=true")
    for kind, unit in zip(POLICIES, UNITS, strict=True):
        measure.get(f"{unit} units", f"{BACKUP}/{unit}ProtectionUnits")
        policies = f"{BACKUP}/{kind}ProtectionPolicies"
        policy = measure.get(f"{kind} policies", policies)["value"][0]["id"]
        below = f"{policies}/{policy}/{unit}ProtectionUnits"
        page = measure.get(f"{unit} units of a policy", below)
        measure.get(f"{unit} units of a policy, second page", relative(page))
        measure.get(f"{unit} units of a policy, $top=999", f"{below}?$top=999")


def _units_filtered(measure: Measure) -> None:
    path = f"{BACKUP}/protectionUnits"
    unit = measure.rest.call("GET", f"{BACKUP}/mailboxProtectionUnits?$top=1")[1]["value"][0]
    measure.get("one unit", f"{path}/{unit['id']}")
    for name, clause in (
        ("id", f"id eq '{unit['id']}'"),
        ("directoryObjectId", f"directoryObjectId eq '{unit['directoryObjectId']}'"),
        ("status, all", "status eq 'protected'"),
        ("status, none", "status eq 'unprotected'"),
        ("displayName, none", "startswith(displayName,'Zz')"),
        ("email, some", "contains(email,'hansen')"),
    ):
        measure.get(f"units, $filter {name}", f"{path}?$filter={clause}")
    measure.get("units, $filter, $top=999", f"{path}?$filter=status eq 'protected'&$top=999")
    measure.get("units, $filter, $count", f"{path}?$filter=status eq 'protected'&$count=true")


def _restore_points(measure: Measure) -> None:
    unit = measure.rest.call("GET", f"{BACKUP}/mailboxProtectionUnits?$top=1")[1]["value"][0]["id"]
    when = "$filter=protectionDateTime lt 2100-01-01T00:00:00Z"
    path = f"{BACKUP}/restorePoints?{when}&$expand=protectionUnit($filter=id eq '{unit}')"
    page = measure.get("restore points of a unit", path)
    measure.get("restore points of a unit, second page", relative(page))
    measure.get("restore points of a unit, $top=999", f"{path}&$top=999")
