"""Errors as the three services shape them: Graph, Azure Resource Manager, Entra's token endpoint.

A handler raises one of these; the server's middleware renders it.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from m365backup_tui.practice.clock import real_now


class ApiError(Exception):
    """Base of the errors that become an HTTP answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers: dict[str, str] = {}

    def body(self, request_id: str, client_request_id: str) -> dict[str, Any]:
        """The JSON answer."""
        return {"error": {"code": self.code, "message": self.message}}


class GraphError(ApiError):
    """`{"error": {code, message, details?, innerError}}` (reference/reliability-and-peers.md §3.1).

    `details` are `{"code", "message", "target"}` objects; `inner` goes into `innerError`.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, message)
        self.details = [dict(detail) for detail in details]
        self.inner: dict[str, str] = {}
        self.headers = dict(headers or {})

    def body(self, request_id: str, client_request_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            error["details"] = self.details
        error["innerError"] = {
            **self.inner,
            "date": real_now().strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": error}


class ArmError(ApiError):
    """`{"error": {code, message, target?, details?, additionalInfo?}}` (reference/azure.md §2.2).

    `additional` are `{"type", "info"}` objects, `details` `{"code", "message", "target"}` objects.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        additional: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        target: str | None = None,
        details: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(status, code, message)
        self.additional = [dict(info) for info in additional]
        self.headers = dict(headers or {})
        self.target = target
        self.details = [dict(detail) for detail in details]

    def body(self, request_id: str, client_request_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        if self.details:
            error["details"] = self.details
        if self.additional:
            error["additionalInfo"] = self.additional
        return {"error": error}


@dataclass
class OAuthError(Exception):
    """Entra's token endpoint: `error`, `error_description` with AADSTS number, `error_codes`.

    `number` is the AADSTS code (reference/auth.md §1.5).
    """

    error: str
    number: int
    description: str
    status: int = 400
    suberror: str | None = None
    claims: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The JSON answer, with trace id, correlation id and timestamp also in the text."""
        trace = str(uuid.uuid4())
        stamp = real_now().strftime("%Y-%m-%d %H:%M:%SZ")
        answer: dict[str, Any] = {
            "error": self.error,
            "error_description": (
                f"AADSTS{self.number}: {self.description} Trace ID: {trace} "
                f"Correlation ID: {correlation_id} Timestamp: {stamp}"
            ),
            "error_codes": [self.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        if self.suberror:
            answer["suberror"] = self.suberror
        if self.claims:
            answer["claims"] = self.claims
        return answer
