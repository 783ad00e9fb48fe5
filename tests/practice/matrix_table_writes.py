"""The writing half of the fault matrix: every kind of write that the product sends, and the reads that go with it."""

from __future__ import annotations

from functools import cache

from tests.practice.matrix_cells import ALL_VARIANTS, Cell, Kind

_BACKUP = "/v1.0/solutions/backupRestore"
_SUB = "/subscriptions/????????-????-????-????-????????????"

# `flow` is the draft in matrix_jobs that makes the request; "prepare" is preparing Azure.
WRITES = (
    Kind("create policy", "create policy", "create"),
    Kind("change policy", "change policy", "change"),
    Kind("start bulk job", "start bulk job", "bulk"),
    Kind("activate policy", "activate policy", "activate"),
    Kind("pause policy", "deactivate policy", "pause"),
    Kind("delete policy", "delete policy", "delete", answers=False),
    Kind("create rule", "create rule", "add rule"),
    Kind("run rule", "run rule", "run rule"),
    Kind("end rule", f"DELETE {_BACKUP}/*InclusionRules/*", "end rule", answers=False),
    Kind(
        "end rule and what it brought",
        f"POST {_BACKUP}/*/deleteAndUnprotect",
        "end rule and what it brought",
    ),
    Kind("change e-mail notifications", f"PATCH {_BACKUP}/emailNotificationsSetting", "notify"),
    Kind("create resource group", f"PUT {_SUB}/resourcegroups/*", "prepare"),
    Kind("register provider", f"POST {_SUB}/providers/*/register", "prepare"),
)
# Reads that only a run makes: what they hinder has to be finished all the same.
BESIDE = (
    Kind("a policy, while watching", "read policy", "activate"),
    Kind("a bulk job", "read bulk job", "bulk"),
    Kind(
        "bulk jobs, after a lost answer",
        f"GET {_BACKUP}/*BulkAdditionJobs",
        "bulk",
        lists=True,
        first=("T6 nth=1 operation='start bulk job'",),
    ),
    Kind("rules of a policy", "list rules", "run rule", lists=True),
    Kind("every policy, before a run", f"GET {_BACKUP}/protectionPolicies", "create", lists=True),
    Kind("units of a product, before a run", "list all units", "change", lists=True),
    Kind("units of a policy, after a job", "list units", "bulk", lists=True),
    Kind("e-mail notifications", f"GET {_BACKUP}/emailNotificationsSetting", "notify"),
    Kind("resource provider, while waiting", f"GET {_SUB}/providers/*", "prepare"),
)
# The service does the work, and the answer is lost: the heart of rule R2.
COMMITTED_THEN_LOST = ("T6 nth=1", "H6 nth=1", "T7 nth=1", "T8 nth=1", "T6", "H6")
_PASSING = (
    *COMMITTED_THEN_LOST[:4],
    "T5 nth=1",
    "T9 nth=1 status=502",
    "T9 nth=1 status=200",
    "T10 bytes_per_second=100000",
    "T11 least=0.001 most=0.002",
    "H1 nth=1 retry_after=7",
    "H1 nth=1 retry_after=absent",
    "H1 nth=1 retry_after=9 retry_after_as=date",
    "H1 nth=1 times=3 retry_after=30",
    "H3 nth=1",
    "H4 nth=1",
    "H5 nth=1 retry_after=7",
    "H12",
)
_LASTING = (
    "T1 nth=1 for=PT10M",
    "T3 nth=1 for=PT10M variant=authority",
    "T4 nth=1 for=PT10M",
    "T5",
    "T6",
    "T7",
    "T8",
    "T9 status=407",
    "T9 status=200",
    "H1 retry_after=200",
    "H3",
    "H5 retry_after=3",
    "H6",
    "H7 status=409",
    "H7 status=412",
    "H8 nth=1",
    "H8",
    "H9",
    "H10",
)
_SITUATIONS = ("B1", "B2", "B4", "B5", "B6", "B7 variant=protection", "B7 variant=restore", "B8")
_OF_KIND = {
    "create policy": (
        "T1 nth=1",
        "B9 limit=1",
        "B10 count=1",
        "B11",
        "B13",
        "H14 reads=2",
        "H15 reads=2",
    ),
    "change policy": ("B10 count=1", "B11", "B12", "B19", "B20 reads=1", "B21"),
    "start bulk job": ("B17", "B18"),
    "activate policy": ("B14", "B15", "B16", "B22"),
    "create rule": (),
    "create resource group": (
        "Z2",
        "Z6 variant=elsewhere",
        "Z6 variant=deleting",
        "Z7 variant=disabled",
        "Z7 variant=spending-limit",
        "Z10 remaining=0",
    ),
    "register provider": ("Z2", "Z4", "Z7 variant=disabled", "Z10 remaining=0"),
    "a policy, while watching": ("H11 property=status", "B15"),
    "a bulk job": ("H11 property=status", "B18"),
    "rules of a policy": ("H11 property=status", "H13 nth=1 variant=empty"),
    "resource provider, while waiting": ("H11 property=registrationState",),
}
_SPARE = (
    "T9 status=200",
    "H1 nth=1 retry_after=absent",
    "H7 status=412",
    "B7 variant=restore",
    "Z7 variant=spending-limit",
)
# Every fault for these kinds; for the others, which go the same way, the ones that ended differently once.
_THOROUGH = ("create policy", "change policy", "start bulk job", "create resource group")
_SHORT = (
    *COMMITTED_THEN_LOST,
    "T5 nth=1",
    "H1 nth=1 times=3 retry_after=30",
    "H3 nth=1",
    "H3",
    "H7 status=409",
    "H8",
    "H10",
    "B8",
)
_CHANGING = ("T6", "H6", "H7")  # these strike only what changes something


@cache
def cells_of_job(kind: Kind) -> tuple[Cell, ...]:
    """The cells of one kind of write, or of a read beside it."""
    beside = kind in BESIDE
    found = [Cell(kind, w, True) for w in _PASSING if not (beside and _changes(w))]
    lasting = [w for w in _LASTING if not (beside and _changes(w))]
    if kind.backup or "policy" in kind.operation or "rule" in kind.operation:
        lasting += _SITUATIONS if not beside else ()
    lasting += _OF_KIND.get(kind.name, ())
    found += [Cell(kind, words) for words in lasting]
    if (
        not kind.answers
    ):  # 204 or 202 without a body: nothing to cut short, to invent or to stall in
        found = [c for c in found if c.fault not in ("T8", "T10", "H12", "T7")]
    if (
        kind.name == "a bulk job"
    ):  # looked at for half an hour, a minute of silence each time: longer than a cell may last
        found = [c for c in found if c.words != "T7"]
    if kind.name not in _THOROUGH and not ALL_VARIANTS:
        found = [c for c in found if c.words in (*_SHORT, *_OF_KIND.get(kind.name, ()))]
    return tuple(c for c in found if ALL_VARIANTS or c.words not in _SPARE)


def _changes(words: str) -> bool:
    return words.split()[0] in _CHANGING
