"""The practice tenant and the client say the same things for one reason only: that Microsoft says them.

Imports are import-linter's matter. Here: a text of more than twelve characters that stands in the source
of both halves must be a public name, found word for word in the references, in the API description or in
the libraries of Microsoft that are installed, or it is in the table below with the reason. A constant that
one half had copied from the other, a limit in a sentence or a made-up id for instance, would be neither.
Numbers are not compared: 50 and 429 are everybody's.
"""

from __future__ import annotations

import re
from pathlib import Path

import msal  # type: ignore[import-untyped]  # ships no types
import msgraph.generated.models as models
import pytest
from azure.mgmt.resource import resources

import m365backup_tui
from tests.bench.practice_coverage import REFERENCE, texts
from tests.practice.contract import FILE

TOP = Path(m365backup_tui.__file__).parent
LONG = 12
EXPLAINED = {
    "--watch-stdin": "the product's own command line, by which the wizard starts a practice tenant",
    "practice-tenant.db": "the file that `practice reset` of the product deletes",
    "practice.lock": "the lock that says whether a practice tenant is running",
    "worst_seconds": "the control endpoint's own JSON, which the wizard's practice menu shows",
    "Microsoft.Resources/subscriptions/resourceGroups/read": "an Azure action",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Azure's built-in role Reader",
    "spendingLimit": "a property of Azure's subscriptions, for which no library is installed",
    "subscriptionPolicies": "the same",
    "userprincipalname": "userPrincipalName, compared without regard to case",
    "00000000-0000-0000-0000-000000000000": "the nil UUID, RFC 9562 §5.9",
    "#microsoft.graph.group": "the type of a group among members (Graph, directoryObject)",
    "access_denied": "OAuth 2.0, RFC 6749 §4.1.2.1",
    "content-length": "HTTP, RFC 9112 §6.2",
    "transfer-encoding": "HTTP, RFC 9112 §6.1",
    "invalid_resource": "an error of the Microsoft identity platform's token endpoint",
    "temporarily_unavailable": "OAuth 2.0, RFC 6749 §4.1.2.1",
    "login_required": "OpenID Connect Core 1.0 §3.1.2.6",
    "%Y-%m-%dT%H:%M:%SZ": "the usual way to write a moment",
    "backslashreplace": "the name of an error handler of Python",
    "surrogateescape": "the same",
    " Did you mean ": "plain English",
    " cannot be read: ": "plain English",
    " cannot be written: ": "plain English",
    "A request may carry ": "plain English",
    "The code has expired.": "plain English",
    "Not signed in": "plain English",
    "Microsoft 365 Backup is not turned on.": "plain English",
    "The billing profile is not valid.": "plain English",
}
# Models of Microsoft's Graph library that name the properties both halves use.
_MODELS = ("directory_role", "user", "api_application", "required_resource_access")


def recognises_guids(text: str) -> bool:
    """Whether it is one of the ways to write a pattern for GUIDs."""
    return "{8}" in text and re.fullmatch(text, "0a1b2c3d-1111-4222-8333-444455556666") is not None


def public_texts() -> str:
    """All that Microsoft or the references say, as one text."""
    files = [
        *REFERENCE.glob("*.md"),
        FILE,
        *Path(msal.__file__).parent.rglob("*.py"),
        *(found for part in resources.__path__ for found in Path(part).rglob("*.py")),
        *(Path(next(iter(models.__path__))) / f"{name}.py" for name in _MODELS),
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_both_halves_share_public_names_only() -> None:
    if not REFERENCE.exists():
        pytest.skip("the references are not on this machine")
    every = sorted(TOP.rglob("*.py"))
    here = [file for file in every if file.is_relative_to(TOP / "practice")]
    practice, client = texts(here), texts(file for file in every if file not in set(here))
    shared = {t for t in practice & client if len(t) > LONG and not recognises_guids(t)}
    public = public_texts()
    assert len(shared) > 50
    assert {text for text in shared if text not in public} - set(EXPLAINED) == set()
