"""Whatever stands around a secret, it is masked; whatever a sentence for support is made of, it stays."""

from __future__ import annotations

import base64
import json
import logging
import re
import string
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from m365backup_tui.cloud.redact import RedactingFilter, redact
from m365backup_tui.terminal import crash

B64URL = string.ascii_letters + string.digits + "-_"


def letters(alphabet: str, least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(alphabet), min_size=least, max_size=most)


def _json_in_base64(values: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


client_infos = st.builds(
    lambda uid, tid: _json_in_base64({"uid": uid, "utid": tid}),
    st.uuids().map(str),
    st.uuids().map(str),
)
jwts = st.builds(
    lambda oid, signature: (
        f"{_json_in_base64({'typ': 'JWT'})}.{_json_in_base64({'oid': oid})}.{signature}"
    ),
    st.uuids().map(str),
    letters(B64URL, 43, 90),
)
refresh_tokens = st.builds(
    lambda first, rest: f"{first}.A{rest}", st.sampled_from("01"), letters(B64URL, 60, 90)
)
# MSAL's `token_urlsafe(16)`; one in ten thousand reads like words, and a state alone opens nothing.
states = (
    st.binary(min_size=16, max_size=16)
    .map(lambda key: base64.urlsafe_b64encode(key).decode().rstrip("="))
    .filter(lambda text: re.search(r"[\d_-]|[A-Z]{2}", text) is not None)
)
keys = st.binary(min_size=32, max_size=32).map(lambda key: base64.b64encode(key).decode())
# With a digit: an error code is a word, and stays.
opaque = letters(B64URL, 20, 60).map(lambda text: f"{text}7x")
user_codes = letters("BCDFGHJKLMNPQRSTVWXYZ23456789", 9, 9)

NAMED = (
    '"{key}": "{value}"',
    "'{key}': '{value}'",
    "{key}={value}",
    "{key}: {value}",
    "x=1&{key}={value}&y=2",
    "[(b'{key}', b'{value}')]",
    '{{\\"{key}\\": \\"{value}\\"}}',
)
KEYS = (
    "access_token",
    "refresh_token",
    "id_token",
    "device_code",
    "code_verifier",
    "client_info",
    "nonce",
    "passphrase",
    "password",
    "Authorization",
    "Proxy-Authorization",
    "Set-Cookie",
    "x-ms-authorization-auxiliary",
)
named = st.builds(
    lambda form, key, value: (form.format(key=key, value=value), value),
    st.sampled_from(NAMED),
    st.sampled_from(KEYS),
    opaque,
)
bare = st.one_of(client_infos, jwts, refresh_tokens, keys).map(lambda value: (value, value))
addresses = st.builds(
    lambda code, state, nested: (
        (quote(f"http://localhost:8400/?code={code}&state={state}", safe="") if nested else "")
        or f"GET /?code={code}&state={state} HTTP/1.1",
        (code, state),
    ),
    st.one_of(opaque, refresh_tokens),
    states,
    st.booleans(),
)
flows = st.builds(
    lambda state, form: (form.format(key="state", value=state), state),
    states,
    st.sampled_from(("'{key}': '{value}'", '"{key}": "{value}"')),
)
proxies = opaque.map(lambda value: (f"http://proxy-user:{value}@proxy.example:8080", value))
spoken = user_codes.map(lambda value: (f"and enter the code {value} to authenticate.", value))
seeded = st.one_of(named, bare, addresses, flows, proxies, spoken)

# Between words: a space, a line end, or what JSON and Python put there.
edges = st.sampled_from((" ", "\n", "\t", "{", "}", "(", ")", ", "))
around = st.text(st.characters(codec="utf-8", exclude_characters="'\"\\"), max_size=60)


def secrets_of(hidden: str | tuple[str, ...]) -> tuple[str, ...]:
    return (hidden,) if isinstance(hidden, str) else hidden


@given(before=around, edge=edges, hidden=seeded, after=around)
def test_a_secret_in_any_text_is_masked(
    before: str, edge: str, hidden: tuple[str, str | tuple[str, ...]], after: str
) -> None:
    text, secret = hidden
    assume(not any(one[:16] in before + after for one in secrets_of(secret)))
    whole = f"{before}{edge}{text}{edge}{after}"
    for mask in (redact, crash.redact):
        seen = mask(whole)
        for one in secrets_of(secret):
            assert one[:16] not in seen, mask.__module__


@given(hidden=seeded)
def test_masking_twice_is_masking_once(hidden: tuple[str, object]) -> None:
    once = redact(hidden[0])
    assert redact(once) == once


WORDS = (
    "request-id", "correlation id", "trace id", "at", "the", "policy", "was not found", "AADSTS65001",
    "error_codes=[65001]", "status_code=503", "exit code 3", "grant_type=device_code", "state=enabled",
    '"provisioningState": "Succeeded"', '"state": "ServiceRestoreInProgress"', "client_id=", "tenant",
    "https://login.microsoftonline.com/error?code=50076", "2026-11-21T11:00:00Z", "GET /v1.0/me -> 200",
    '{"code": "MultipleProtectionPoliciesNotAllowed"}', "adele@contoso.onmicrosoft.com", "Retry-After: 5",
)  # fmt: skip
for_support = st.lists(
    st.one_of(st.sampled_from(WORDS), st.uuids().map(str)), min_size=1, max_size=12
)


@given(for_support)
def test_what_support_needs_stays_word_for_word(words: list[str]) -> None:
    text = " ".join(words)
    assert redact(text) == text


@given(secret=bare)
def test_arguments_that_do_not_fit_their_message_are_not_printed(secret: tuple[str, str]) -> None:
    """Python's logging would write them to standard error as they are."""
    record = logging.LogRecord("msal", logging.DEBUG, __file__, 1, "%d left", (secret[1],), None)
    assert RedactingFilter().filter(record)
    assert record.getMessage() == "%d left (its arguments do not fit and are left out)"
