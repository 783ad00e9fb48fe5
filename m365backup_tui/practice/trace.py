"""What identifies one request in headers, errors and the log."""

import uuid
from dataclasses import dataclass

from aiohttp import web

from m365backup_tui.practice.errors import ApiError, ArmError, GraphError
from m365backup_tui.practice.faults.operations import service_of


@dataclass(frozen=True, slots=True)
class Trace:
    """Ids of one request. `given` is the caller's own id, None when it sent none."""

    service: str
    request_id: str
    given: str | None

    @classmethod
    def of(cls, request: web.Request) -> "Trace":
        """The trace of a request that has just arrived."""
        headers = request.headers
        given = headers.get("client-request-id") or headers.get("x-ms-client-request-id")
        return cls(service_of(request.path), str(uuid.uuid4()), given)

    @property
    def client_request_id(self) -> str:
        """The caller's id, or the request's own when the caller gave none."""
        return self.given or self.request_id

    def error(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> ApiError:
        """An error in the shape of the service that was asked."""
        shape = GraphError if self.service == "graph" else ArmError
        return shape(status, code, message, headers=headers)

    def render(self, error: ApiError) -> web.Response:
        """The error as an answer."""
        body = error.body(self.request_id, self.client_request_id)
        return web.json_response(body, status=error.status, headers=error.headers)

    def stamp(self, response: web.StreamResponse) -> None:
        """Put the ids on the answer."""
        headers = response.headers
        if self.service == "graph":
            headers["request-id"] = self.request_id
            headers["client-request-id"] = self.client_request_id
        else:
            headers["x-ms-request-id"] = self.request_id
        if self.service == "arm":
            headers["x-ms-correlation-request-id"] = self.client_request_id
        headers.setdefault("Cache-Control", "no-store")
