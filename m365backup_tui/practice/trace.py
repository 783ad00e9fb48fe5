"""What identifies one request in headers, errors and the log."""

import uuid
from dataclasses import dataclass

from aiohttp import web

from m365backup_tui.practice.errors import ApiError, ArmError, GraphError
from m365backup_tui.practice.faults.operations import service_of


@dataclass(frozen=True, slots=True)
class Trace:
    """Ids of one request. `given` is the caller's own id, None when it sent none.

    `correlation` is the id a caller of Azure gives to several requests that belong together;
    `echo`: it wants its own id back.
    """

    service: str
    request_id: str
    given: str | None
    correlation: str | None = None
    echo: bool = False

    @classmethod
    def of(cls, request: web.Request) -> "Trace":
        """The trace of a request that has just arrived."""
        headers = request.headers
        given = headers.get("client-request-id") or headers.get("x-ms-client-request-id")
        correlation = headers.get("x-ms-correlation-request-id")
        echo = headers.get("x-ms-return-client-request-id", "").lower() == "true"
        return cls(service_of(request.path), str(uuid.uuid4()), given, correlation, echo)

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
            # choice: without an id for several requests the caller's own id for this one serves.
            headers["x-ms-correlation-request-id"] = self.correlation or self.client_request_id
            if self.echo and self.given:
                headers["x-ms-client-request-id"] = self.given
        headers.setdefault("Cache-Control", "no-store")
