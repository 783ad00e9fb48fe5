"""What an own app registration should be, and the writes that lead there from whatever is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from m365backup_tui.domain.app_registration import (
    ARM_API,
    GRAPH_API,
    GRAPH_SCOPES,
    IDENTITY_SCOPES,
    REDIRECTS,
    WANTED,
    Act,
    AppSeen,
    Found,
    GrantSeen,
    PrincipalSeen,
    Service,
    Wish,
    by_name,
    flaws,
    missing,
    next_write,
    wanted_access,
)

ME, OTHER = "me", "somebody-else"
SERVICES = {
    GRAPH_API: Service("graph-sp", {name: f"id-{name}" for name in GRAPH_SCOPES}),
    ARM_API: Service("arm-sp", {"user_impersonation": "id-arm"}),
}
NOTHING = Found(SERVICES)
APP = AppSeen(
    "obj", "app", "m365backup-tui", "m365backup-tui", True, True, REDIRECTS, wanted_access(NOTHING)
)
FULL = Found(
    SERVICES,
    APP,
    PrincipalSeen("sp", assignment_required=True),
    frozenset({ME}),
    tuple(GrantSeen(f"g-{key}", key, ME, WANTED[key]) for key in (GRAPH_API, ARM_API)),
)
WISH = Wish(ME)


def acts(found: Found, wish: Wish = WISH) -> list[Act]:
    return [write.act for write in missing(found, wish)]


def test_from_nothing_everything_is_written_and_closed_before_anything_is_granted() -> None:
    assert acts(NOTHING) == [
        Act.CREATE,
        Act.PRINCIPAL,
        Act.CLOSE,
        Act.ASSIGN,
        Act.GRANT,
        Act.GRANT,
    ]


def test_what_is_complete_needs_no_write() -> None:
    assert next_write(FULL, WISH) is None


@pytest.mark.parametrize(
    ("change", "act"),
    [
        ({"app": replace(APP, public=False)}, Act.MEND),
        ({"app": replace(APP, redirects=REDIRECTS[:1])}, Act.MEND),
        ({"app": replace(APP, access=frozenset())}, Act.MEND),
        ({"principal": PrincipalSeen("sp")}, Act.CLOSE),
        ({"assigned": frozenset({OTHER})}, Act.ASSIGN),
        ({"grants": FULL.grants[:1]}, Act.GRANT),
    ],
)
def test_a_half_made_one_gets_just_what_is_missing(change: dict[str, object], act: Act) -> None:
    assert acts(replace(FULL, **change)) == [act]  # type: ignore[arg-type]


def test_a_grant_is_extended_and_keeps_what_it_had() -> None:
    less = GrantSeen("g", GRAPH_API, ME, ("Mail.Read", "User.Read"))
    (write,) = missing(replace(FULL, grants=(less, FULL.grants[1])), WISH)
    assert write.act is Act.EXTEND
    assert write.grant_id == "g"
    assert write.scopes[:2] == ("Mail.Read", "User.Read")
    assert set(write.scopes) == {"Mail.Read", *IDENTITY_SCOPES, *GRAPH_SCOPES}
    assert "User.Read" not in write.added


def test_what_everybody_has_is_not_granted_to_one_person_again() -> None:
    everybody = tuple(replace(g, person="") for g in FULL.grants)
    assert acts(replace(FULL, grants=everybody)) == []


def test_a_grant_for_everybody_is_made_only_where_it_was_asked_for() -> None:
    assert {w.person for w in missing(NOTHING, WISH) if w.act is Act.GRANT} == {ME}
    assert acts(FULL, Wish(ME, everybody=True)) == [Act.GRANT, Act.GRANT]
    assert {w.person for w in missing(FULL, Wish(ME, everybody=True))} == {""}


def test_somebody_elses_grant_is_none_of_ours() -> None:
    others = tuple(replace(g, person=OTHER) for g in FULL.grants)
    assert acts(replace(FULL, grants=others)) == [Act.GRANT, Act.GRANT]


def test_a_scope_that_the_tenant_does_not_know_is_left_out() -> None:
    known = {k: v for k, v in SERVICES[GRAPH_API].scope_ids.items() if k != "Reports.Read.All"}
    found = Found({**SERVICES, GRAPH_API: Service("graph-sp", known)})
    graph = next(w for w in missing(found, WISH) if w.service == GRAPH_API)
    assert "Reports.Read.All" not in graph.scopes
    assert "Sites.Read.All" in graph.scopes


def test_nothing_is_granted_for_azure_where_the_tenant_never_used_it() -> None:
    assert [w.service for w in missing(Found({GRAPH_API: SERVICES[GRAPH_API]}), WISH)][-1] == (
        GRAPH_API
    )


def test_the_stages_ask_for_no_control_of_the_service_and_for_no_restore() -> None:
    assert not [s for s in GRAPH_SCOPES if "Control" in s or "Restore-Restore" in s]


def test_an_application_that_cannot_be_used_says_why() -> None:
    assert flaws(APP) == ()
    assert flaws(replace(APP, public=False)) == ("public client flows are off",)
    assert len(flaws(replace(APP, public=False, redirects=()))) == 2


def test_a_search_by_words_puts_ours_first() -> None:
    apps = (replace(APP, unique_name="", name="A backup"), APP, replace(APP, name="Payroll"))
    assert [a.name for a in by_name(apps, "BACKUP")] == ["m365backup-tui", "A backup"]
