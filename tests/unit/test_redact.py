"""Secrets never pass the logging filter; what support needs does."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from m365backup_tui.cloud.redact import RedactingFilter, quiet_sdks, redact

JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
REFRESH = "1.A" + "QcAnArY_-" * 8 + ".AgAB"


@pytest.mark.parametrize(
    "text",
    [
        f"token {JWT} seen",
        f"Authorization: Bearer {JWT}",
        "authorization: Bearer opaque-canary-value",
        "{'Authorization': 'Bearer opaque-canary-value'}",
        f"refresh={REFRESH}",
        '{"refresh_token": "opaque-canary-value", "x": 1}',
        '{"device_code": "opaque-canary-value"}',
        "grant_type=device_code&device_code=opaque-canary-value&client_id=abc",
        "GET /?code=opaque-canary-value&state=abc",
        '"code": "0.AXkA_opaque-canary-value", "other": 1',
        "'client_info': 'opaque-canary-value'",
        "Set-Cookie: opaque-canary-value; path=/",
        '"password": "opaque-\\"canary-value"',
        "user_code='opaque-canary-value'",
        "https://me:opaque-canary-value@proxy.example:8080",
        "x-ms-authorization-auxiliary: opaque-canary-value",
        "[(b'Set-Cookie', b'opaque-canary-value; path=/'), (b'Age', b'1')]",
        "('Authorization', 'Basic opaque-canary-value')",
        json.dumps(json.dumps({"refresh_token": "opaque-canary-value", "x": 1})),
        json.dumps(json.dumps(json.dumps({"device_code": "opaque-canary-value"}))),
        json.dumps(json.dumps({"code": "opaque-canary-value-1"})),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(text: str) -> None:
    seen = redact(text)
    assert "canary" not in seen.lower()
    assert JWT not in seen
    assert "***" in seen


@pytest.mark.parametrize(
    "text",
    [
        "request-id 5f1a2b3c-0000-4000-8000-1234567890ab at 2026-11-21T11:00:00Z",
        "correlation_id=5f1a2b3c-0000-4000-8000-1234567890ab trace_id=abc",
        "client_id=14d82eec-204b-4c2f-b7e8-296a70dab67e",
        "status_code=503 error_codes=[65001] exit code 3",
        "grant_type=device_code",
        '{"error": {"code": "MultipleProtectionPoliciesNotAllowed", "target": "x"}}',
        "code=AADSTS65001",
        json.dumps(json.dumps({"error": {"code": "MultipleProtectionPoliciesNotAllowed"}})),
        "the password, the cookie and the assertion",
    ],
)
def test_what_support_asks_for_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_arguments_and_tracebacks_are_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("m365backup_tui.test_redact")
    caplog.handler.addFilter(keep := RedactingFilter())
    try:
        try:
            raise ValueError(f"bad answer {JWT}")
        except ValueError:
            logger.exception("refused %s", {"refresh_token": "canary-value"})
    finally:
        caplog.handler.removeFilter(keep)
    assert "canary" not in caplog.text
    assert JWT not in caplog.text
    assert "ValueError" in caplog.text


def test_sdk_loggers_stay_quiet_when_ours_is_loud() -> None:
    quiet_sdks()
    for name in ("msal", "urllib3.connectionpool", "httpx", "azure.core.pipeline"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


def test_warnings_that_nobody_handles_are_masked_on_their_way_to_standard_error() -> None:
    program = (
        "import logging\n"
        "from m365backup_tui.cloud.redact import quiet_sdks\n"
        "quiet_sdks()\n"
        "quiet_sdks()\n"
        f"logging.getLogger('msal').warning('refused %s', '{JWT}')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == "refused ***\n"
