"""What of the references the practice tenant covers: operations, error codes, sign-in numbers, faults.

    python -m tests.bench.practice_coverage

Reads ../shared/reference and the API description where they are at hand, and asks the application
for its routes and the source for the codes that it can answer. Prints a table and what is missing.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import m365backup_tui.practice
from m365backup_tui.practice.entra.refusals import REFUSALS
from m365backup_tui.practice.faults import CATALOGUE
from tests.practice.all_routes import every_route
from tests.practice.contract import SHARED, contract

REFERENCE = Path(SHARED, "reference")
# Words of the tables of codes that are written like a code and are none.
NO_CODES = frozenset(
    (
        *("PascalCase", "PowerShell", "CloudError", "ContainerType", "IntuneBackupAndRestore"),
        *("SpoTenantId", "SpoTenantUrl", "DataModificationException", "HttpResponseError"),
        *("ClientAuthenticationError", "ResourceExistsError", "ResourceNotFoundError"),
        *("ServiceRequestError", "ServiceResponseError"),
    )
)
# What is documented and not answered, and why.
LEFT_OUT = {
    "BillingProfileNotAvailable": "an older page's name of InvalidBillingProfile",
    "PolicyActivationFailed": "inside activityLogs, which only beta has (graph.md §14)",
    "InsufficientPermissions": "inside activityLogs, which only beta has (graph.md §14)",
    "ArtifactCannotBeRestored": "nothing in a practice tenant leads to it",
    "IncompleteArtifactDeletion": "nothing in a practice tenant leads to it",
    "POST /v1.0/roleManagement/directory/roleAssignmentScheduleRequests": (
        "activating PIM is out of the wizard's scope (graph.md §11.2)"
    ),
    "PATCH /v1.0/oauth2PermissionGrants": "shortened on the page; the call has an id and is there",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what is documented, and what of it is missing."""

    what: str
    documented: tuple[str, ...]
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.what:58} {len(self.documented) - len(self.missing):4} of {len(self.documented):4}"


def section(file: str, begin: str, end: str) -> str:
    """The text of a reference from one heading up to another."""
    text = (REFERENCE / file).read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(begin)}.*?(?=^#+ {re.escape(end)})", text, re.S | re.M)
    if found is None:
        raise ValueError(f"{file} has no section {begin}")
    return found[0]


@cache
def texts_of_the_source() -> frozenset[str]:
    """Every string constant of the practice tenant, without its documentation."""
    return texts(Path(m365backup_tui.practice.__file__).parent.rglob("*.py"))


def texts(files: Iterable[Path]) -> frozenset[str]:
    """Every string constant of these files, without their documentation."""
    found = set()
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in prose:
                found.add(text)
    return frozenset(found)


def rows() -> Iterator[Row]:
    """The table."""
    yield from operations()
    yield codes("error codes of the backup service (graph.md §9)", section("graph.md", "9.", "10."))
    yield codes(
        "error codes of Graph (reliability-and-peers.md §3.1)",
        section("reliability-and-peers.md", "3.1", "3.2"),
    )
    yield codes(
        "error codes of Azure (reliability-and-peers.md §3.2)",
        section("reliability-and-peers.md", "3.2", "3.3"),
    )
    yield codes("error codes of Azure (azure.md §2.2)", section("azure.md", "2.2", "2.3"))
    yield numbers()
    yield faults()


def operations() -> Iterator[Row]:
    """Calls of the API description, and those that the references write out with their method."""
    described = contract()
    if described is not None:
        asked = [
            f"{verb.upper()} /v1.0{path}"
            for verb, path, operation in described.operations()
            if not operation.get("x-generator-artefact")
        ]
        yield _answered("documented operations of the API description", asked)
    graph = section("graph.md", "11.2", "11.3") + section("graph.md", "12.", "13.")
    yield _answered("calls of graph.md §11.2 and §12", _calls(graph))
    yield _answered("calls of auth.md §2.5", _calls(section("auth.md", "2.5", "2.6")))
    azure = section("azure.md", "2.1", "2.2") + section("azure.md", "3.", "4.")
    yield _answered("calls of azure.md §2.1 and §3", _calls(azure, "/subscriptions/{sub}"))


def _calls(text: str, above: str = "/v1.0") -> list[str]:
    """`GET /path` as the references print it; shortened paths are below `above`."""
    found = set()
    for method, path in re.findall(
        r"\b(GET|POST|PATCH|PUT|DELETE|HEAD) `?([~…./][^\s`|,;?]*)", text
    ):
        path = path.rstrip(":.").replace("~", "/solutions/backupRestore")
        path = re.sub(r"^(\.{3}|…)", "", path)
        if not path.startswith(("/subscriptions", "/tenants", "/v1.0")):
            path = above + path
        found.add(f"{method} {path}")
    return sorted(found)


def _answered(what: str, asked: list[str]) -> Row:
    return Row(what, tuple(asked), tuple(one for one in asked if not _has_route(one)))


def _has_route(asked: str) -> bool:
    method, _, path = asked.partition(" ")
    return any(
        known.method == method and _pattern(known.path).fullmatch(path) for known in every_route()
    )


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", path)
    # A site's key holds a path of its own, `host:/sites/name`.
    one = ".+" if path.endswith("/sites/{key}") else "[^/]+"
    return re.compile(one.join(re.escape(part) for part in parts), re.IGNORECASE)


def codes(what: str, text: str) -> Row:
    """Words in Pascal case with two capitals at least: how the references write codes."""
    found = sorted(set(re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", text)) - NO_CODES)
    return Row(what, tuple(found), tuple(one for one in found if not _can_be_said(one)))


def _can_be_said(code: str) -> bool:
    """Whether the source has the code as a text, in a statement, or as two that it puts together."""
    have = texts_of_the_source()
    if code in have or any(f"'{code}'" in text for text in have):
        return True
    return any(code[:at] in have and code[at:] in have for at in range(8, len(code)))


def numbers() -> Row:
    """The AADSTS numbers of the first column of auth.md §1.5."""
    lines = section("auth.md", "1.5", "1.6").splitlines()
    cells = [line.split("|")[1] for line in lines if line.startswith("|")]
    found = sorted({one for cell in cells for one in re.findall(r"\b\d{5,7}\b", cell)}, key=int)
    missing = tuple(one for one in found if int(one) not in REFUSALS)
    return Row("sign-in errors (auth.md §1.5)", tuple(found), missing)


def faults() -> Row:
    """The ids of the fault list but L, which are the client's own machine."""
    text = section("reliability-and-peers.md", "6.4", "6.5")
    found = sorted(
        set(re.findall(r"\| ([THAZB]\d{1,2}) \|", text)), key=lambda i: (i[0], int(i[1:]))
    )
    missing = tuple(one for one in found if one not in CATALOGUE)
    return Row("faults (reliability-and-peers.md §6.4)", tuple(found), missing)


def main() -> int:
    """Print it."""
    if not REFERENCE.exists():
        print(f"There are no references at {REFERENCE}.", file=sys.stderr)
        return 1
    for row in rows():
        print(row)
        for one in row.missing:
            print(f"    without: {one}{': ' + LEFT_OUT[one] if one in LEFT_OUT else ''}")
    services = [known.service for known in every_route()]
    print(f"\nroutes: { ({name: services.count(name) for name in sorted(set(services))}) }")
    return 0


if __name__ == "__main__":
    sys.exit(main())
