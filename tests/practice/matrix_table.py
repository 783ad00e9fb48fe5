"""The fault matrix as data: every kind of request that the product makes, and the faults that can strike it.

A kind is told by its operation, in the practice tenant's own words. Faults: reliability-and-peers.md §6.4 (T, H, A, Z,
B); `matrix_kinds.NOT_APPLICABLE` says why a fault has no cell anywhere.
"""

from __future__ import annotations

from functools import cache

from tests.practice.matrix_cells import ALL_VARIANTS, Cell, Kind

_BACKUP = "/v1.0/solutions/backupRestore"


_NO_MIXED = f"H10 operation='GET {_BACKUP}/protectionPolicies'"
_NO_SIZES = "sizes are shown as not known, and nothing is left out"
_NO_TYPED = "H10 operation='GET /*/providers/Microsoft.Syntex/documentProcessors'"
_SUB = (
    "/subscriptions/????????-????-????-????-????????????"  # and no more: `*` would go past a slash
)

READS = (
    Kind("where to sign in", "GET /*/.well-known/openid-configuration", "sign in"),
    Kind("a device code", "POST /*/oauth2/v2.0/devicecode", "sign in"),
    Kind("a token", "POST /*/oauth2/v2.0/token", "sign in"),
    Kind("a token, renewed", "POST /*/oauth2/v2.0/token", "renewed"),
    Kind(
        "the organization's name",
        "GET /v1.0/organization",
        "sign in",
        optional="the account's own address is shown instead",
    ),
    Kind("direct roles", "GET /v1.0/me/memberOf/graph.directoryRole", "check", lists=True),
    Kind("all roles", "GET /v1.0/me/transitiveMemberOf/graph.directoryRole", "check", lists=True),
    Kind(
        "role assignments",
        "GET /v1.0/roleManagement/directory/roleAssignments",
        "check",
        lists=True,
        optional="only roles of a part of the tenant come from it, and those do not manage Backup",
    ),
    Kind(
        "eligible roles",
        "GET /v1.0/roleManagement/directory/roleEligibilityScheduleInstances/*",
        "check",
        lists=True,
    ),
    Kind("subscriptions", "GET /subscriptions", "check", lists=True),
    Kind(
        "rights on a subscription",
        f"GET {_SUB}/providers/Microsoft.Authorization/permissions",
        "check",
        lists=True,
    ),
    Kind(
        "how a right is held",
        f"GET {_SUB}/providers/Microsoft.Authorization/roleAssignments",
        "check",
        lists=True,
        optional="wording only: what may be done comes from the rights themselves (azure.md §3.1)",
    ),
    Kind(
        "rights that could be activated",
        f"GET {_SUB}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances",
        "check",
        lists=True,
        optional="wording only: a right that is not active is no right",
    ),
    Kind("state of the service", f"GET {_BACKUP}", "check", objects=False),  # 403 for this client
    Kind("every policy", f"GET {_BACKUP}/protectionPolicies", "policies", lists=True),
    Kind(
        "policies of a product",
        f"GET {_BACKUP}/[eos][xnh]*ProtectionPolicies",
        "policies",
        lists=True,
        first=(_NO_MIXED,),
    ),
    Kind("units of a policy", "list units", "open policy", lists=True),
    Kind("units of a product", "list all units", "catalog exchange", lists=True),
    Kind("users", "GET /v1.0/users", "catalog onedrive", lists=True),
    Kind("sites", "GET /v1.0/sites", "catalog sharepoint", lists=True),
    Kind(
        "usage report",
        "GET /v1.0/reports/*",
        "catalog exchange",
        objects=False,
        answers=False,
        optional=_NO_SIZES,
    ),
    Kind(
        "usage report's file",
        "GET /reports-download/*",
        "catalog exchange",
        objects=False,
        optional=_NO_SIZES,
    ),
    Kind("a batch", "POST /v1.0/$batch", "resolve"),
    Kind("a user inside a batch", "GET /v1.0/users/*", "resolve", part=True),
    Kind("a site inside a batch", "GET /v1.0/sites/*", "resolve sites", part=True),
    Kind("groups", "GET /v1.0/groups", "groups"),
    Kind("size of a group", "GET /v1.0/groups/*/$count", "groups", objects=False),
    Kind("members of a group", "GET /v1.0/groups/*/transitiveMembers", "groups", lists=True),
    Kind("resource groups", f"GET {_SUB}/resourcegroups", "azure", lists=True),
    Kind("resource provider", f"GET {_SUB}/providers/Microsoft.Syntex", "azure"),
    Kind(
        "billing resources of a type",
        f"GET {_SUB}/providers/Microsoft.Syntex/*",
        "turn on",
        lists=True,
    ),
    Kind("resources", f"GET {_SUB}/resources", "turn on", lists=True),
    Kind(
        "a billing resource",
        f"GET {_SUB}/resourceGroups/*/providers/Microsoft.Syntex/*",
        "turn on",
        first=(_NO_TYPED,),
    ),
)

# Faults that pass by themselves: the product has to get over each of them without anybody's help.
_PASSING = (
    "T5 nth=1",
    "T7 nth=1",
    "T8 nth=1",
    "T9 nth=1 status=502",
    "T9 nth=1 status=200",
    "T10 bytes_per_second=100000",
    "T11 least=0.001 most=0.002",
    "H3 nth=1",
    "H4 nth=1",
    "H5 nth=1 retry_after=7",
    "H1 nth=1 retry_after=7",
    "H1 nth=1 retry_after=absent",
    "H1 nth=1 retry_after=9 retry_after_as=date",
    "H1 nth=1 times=2 retry_after=30",
    "H12",
)
# A service whose clock is ahead. One that goes back refuses every sign-in from before, in each request alike: the way
# out is to sign in again, which no cell does (its effect on the wire: test_faults_transport).
_AHEAD = "T12 skew=600"
_OF_LISTS = ("H13 nth=1 variant=empty",)  # relative links: the small company's lists have one page
_LASTING = (
    "T1 nth=1",
    "T3 nth=1 variant=authority",
    "T3 nth=1 variant=name",
    "T3 nth=1 variant=expired",
    "T4 nth=1",
    "T5",
    "T8",
    "T9 status=407",
    "T9 status=200",
    "H3",
    "H5 retry_after=3",
    "H1 retry_after=200",
    "H8",
    "H9",
    "H10",
)
_LASTING_LISTS = ("H13 variant=repeating",)
_OF_BACKUP = ("B1", "B2", "B4", "B5", "B6", "B7 variant=protection", "B7 variant=restore", "B8")
_OF_KIND = {
    "a device code": ("A aadsts=700016", "A aadsts=90055"),
    "a token": (
        "A1 variant=declined",
        "A1 variant=expired",
        "A1 variant=slow_down nth=1",
        "A1 variant=pending nth=1",
        "A3",
        "A4",
        "A aadsts=50126",
        "A aadsts=50076",
        "A aadsts=90055",
        "A7",
    ),
    "a token, renewed": ("A3", "A aadsts=50076", "A aadsts=700082", "A6", "A5"),
    "subscriptions": (
        "H11 property=state",
        "Z1",
        "Z7 variant=disabled",
        "Z7 variant=spending-limit",
        "Z10 remaining=0",
    ),
    "rights on a subscription": ("Z2",),
    "resource provider": ("Z5", "H11 property=registrationState"),
    "every policy": ("H11 property=status",),
    "policies of a product": ("H11 property=status",),
    "units of a policy": ("H11 property=status",),
    "billing resources of a type": ("H11 property=provisioningState",),
}
# One variant of each is enough in the ordinary suite.
_SPARE = (
    "T3 nth=1 variant=name",
    "T3 nth=1 variant=expired",
    "T9 status=200",
    "H1 nth=1 retry_after=absent",
    "B7 variant=restore",
    "Z7 variant=spending-limit",
)
# Twenty waits, or four tries of silence, in each: for these kinds, one of each way to ask.
_COSTLY = ("H1 retry_after=200", "H5 retry_after=3", "T4 nth=1")
_THOROUGH = ("a token", "direct roles", "every policy", "usage report", "a batch", "subscriptions")


@cache
def cells_of(kind: Kind) -> tuple[Cell, ...]:
    """The cells of one kind of reading request."""
    # Whoever signs in sits in front of it: what fails there is said at once, and tried again by a key.
    passing = kind.service != "entra"
    found = [Cell(kind, words, passing) for words in _PASSING if _applies(kind, words)]
    lasting = [words for words in _LASTING if _applies(kind, words)]
    if kind.lists:
        found += [Cell(kind, words, True) for words in _OF_LISTS]
        lasting += _LASTING_LISTS
    if kind.backup:
        lasting += _OF_BACKUP
    lasting += _OF_KIND.get(kind.name, ())
    found += [Cell(kind, words) for words in lasting]
    if (
        kind.service != "entra" and not kind.part
    ):  # last: tokens of a clock that is put right are not valid yet
        found.append(Cell(kind, _AHEAD, True))
    spare = _SPARE if kind.name in _THOROUGH else (*_SPARE, *_COSTLY)
    return tuple(c for c in found if ALL_VARIANTS or c.words not in spare)


def _applies(kind: Kind, words: str) -> bool:
    fault = words.split()[0]
    if (
        kind.service == "entra"
    ):  # H are faults of the two services with data (docs/practice-faults.md)
        return fault[0] == "T"
    # A 403 of one part may mean that item alone, and a part has no Date to measure another date against.
    if kind.part and (fault[0] != "H" or fault == "H10" or "as=date" in words):
        return False
    if not kind.answers and fault in ("T7", "T8", "T10"):
        return False
    if fault == "H12" and not kind.objects:
        return False
    # A file behind a link of its own: nobody signs in there, and no service's role is asked for.
    return kind.name != "usage report's file" or fault not in ("H8", "H9", "H10")
