"""Whatever a client sends to the practice Entra, Azure or controls, the answer is never a 5xx."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from m365backup_tui.practice.arm.routes import ROUTES
from m365backup_tui.practice.faults import CATALOGUE
from tests.practice.conftest import Controls, web_session
from tests.practice.signing_in import ARM_SCOPE, sign_in

Ready = dict[str, Any]

PLAIN = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="/?#%\\"),
    min_size=1,
    max_size=12,
).filter(lambda text: text not in (".", ".."))
NAMES = st.sampled_from(
    ["rg-m365-billing", "rg-locked", "Microsoft.Syntex", "accounts", "documentProcessors", "Syntex"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["location", "tags", "properties", "spoTenantId", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
QUERY = st.dictionaries(
    st.sampled_from(["$filter", "$top", "$skiptoken", "$expand", "$orderby"]),
    st.sampled_from(
        ["", "0", "-1", "5", "x", "asTarget()", "resourceType eq 'a'", "a eq 'b'", "²"]
    ),
    max_size=2,
)
FORM = st.dictionaries(
    st.sampled_from(
        ["client_id", "scope", "grant_type", "code", "device_code", "refresh_token", "redirect_uri"]
    ),
    st.sampled_from(
        [
            "14d82eec-204b-4c2f-b7e8-296a70dab67e",
            "urn:ietf:params:oauth:grant-type:device_code",
            "authorization_code",
            "refresh_token",
            "User.Read",
            "https:///",
            "https://localhost/.default",
            "http://localhost:1",
            "http://[",
            "",
        ]
    ),
    max_size=6,
)
QUICK = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def token(practice: Ready) -> str:
    """An Azure token of the Global Administrator."""
    controls = Controls(practice)
    answer = sign_in(practice, controls, [ARM_SCOPE], client="arm")
    controls.close()
    return str(answer["access_token"])


@pytest.fixture(scope="module")
def web(practice: Ready) -> Iterator[requests.Session]:
    """One connection for all the requests of this module."""
    with web_session(practice) as session:
        yield session
        session.post(practice["control"] + "reset", timeout=10).raise_for_status()


@QUICK
@given(
    known=st.sampled_from(ROUTES),
    names=st.lists(NAMES | PLAIN, min_size=5, max_size=5),
    real=st.booleans(),
    query=QUERY,
    body=VALUES,
)
def test_azure_answers_or_refuses(
    practice: Ready,
    web: requests.Session,
    token: str,
    known: Any,
    names: list[str],
    real: bool,
    query: dict[str, str],
    body: Any,
) -> None:
    path = known.pattern.pattern.strip("^$").replace("\\.", ".")
    for name, text in zip(("sub", "group", "namespace", "kind", "role"), names, strict=True):
        wanted = practice["subscriptions"][0]["id"] if name == "sub" and real else text
        path = path.replace(f"(?P<{name}>[^/]+)", wanted)
    path = path.replace("(?P<name>[^/]+)", names[4])
    answer = web.request(
        known.method,
        practice["arm"] + path,
        params={"api-version": sorted(known.versions)[-1], **query},
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and known.method != "HEAD":
        assert answer.json()["error"]["code"]


@QUICK
@given(path=st.sampled_from(["devicecode", "token", "authorize"]), form=FORM)
def test_entra_answers_or_refuses(
    practice: Ready, web: requests.Session, path: str, form: dict[str, str]
) -> None:
    address = f"{practice['base_url']}/common/oauth2/v2.0/{path}"
    for answer in (
        web.post(address, data=form, timeout=10, allow_redirects=False),
        web.get(address, params=form, timeout=10, allow_redirects=False),
    ):
        assert answer.status_code < 500, answer.text


@QUICK
@given(
    path=st.sampled_from(
        [
            "state",
            "clock",
            "scenarios",
            "admin-center",
            "device-codes/A/approve",
            "faults/1",
            "early",
        ]
    ),
    method=st.sampled_from(["POST", "PUT", "DELETE"]),
    body=VALUES | st.lists(st.dictionaries(st.sampled_from(["id", "nth", "rate"]), VALUES)),
)
def test_the_controls_answer_or_refuse(
    practice: Ready, web: requests.Session, path: str, method: str, body: Any
) -> None:
    answer = web.request(method, practice["control"] + path, json=body, timeout=10)
    assert answer.status_code < 500, answer.text


@QUICK
@given(
    fault=st.fixed_dictionaries(
        {"id": st.sampled_from([*CATALOGUE, "", 5])},
        optional={
            "operation": st.sampled_from(["graph", "create policy", "GET /x*", "GET [", "", 7]),
            "nth": st.integers(0, 3) | VALUES,
            "for": st.sampled_from(["PT1S", "P9999999D", "x", 4]),
            "retry_after": st.sampled_from([0, 30, "absent", "x", -1, 10**30]),
        },
    )
)
def test_a_fault_is_switched_on_or_refused(
    practice: Ready, web: requests.Session, fault: dict[str, Any]
) -> None:
    answer = web.post(practice["control"] + "faults", json=fault, timeout=10)
    assert answer.status_code in (201, 400), answer.text
    web.delete(practice["control"] + "faults", timeout=10).raise_for_status()


def test_json_without_an_end_in_sight_is_refused(practice: Ready, web: requests.Session) -> None:
    for path, method in (("faults", "POST"), ("scenarios", "PUT"), ("state", "PUT")):
        answer = web.request(method, practice["control"] + path, data="[" * 200_000, timeout=10)
        assert answer.status_code == 400, answer.text


@QUICK
@given(
    number=st.lists(st.sampled_from(["T2", "T8", "T12", "H11", "H12", "H13", "H14", "H15"])),
    variant=st.sampled_from(["relative", "empty", "repeating"]),
    path=st.sampled_from(["/subscriptions", "/tenants", "/subscriptions/{sub}/resourcegroups"]),
)
def test_odd_answers_are_still_answers(
    practice: Ready,
    web: requests.Session,
    token: str,
    number: list[str],
    variant: str,
    path: str,
) -> None:
    for fault_id in number:
        fault = {"id": fault_id, **({"variant": variant} if fault_id == "H13" else {})}
        web.post(practice["control"] + "faults", json=fault, timeout=10).raise_for_status()
    try:
        answer = web.get(
            practice["arm"] + path.replace("{sub}", practice["subscriptions"][0]["id"]),
            params={"api-version": "2025-04-01" if "sub}" in path else "2022-12-01"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
    finally:
        web.delete(practice["control"] + "faults", timeout=10).raise_for_status()
    assert answer.status_code == 200, answer.text
