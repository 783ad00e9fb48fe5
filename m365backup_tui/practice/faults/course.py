"""What the faults do to one request: on its way in, to its answer, and on the way back."""

import hashlib
import math
from datetime import datetime, timedelta

from aiohttp import web

from m365backup_tui.practice.callers import who_calls
from m365backup_tui.practice.faults import delivery, refusals, rewriting
from m365backup_tui.practice.faults.early import Key, moment_of
from m365backup_tui.practice.faults.known import Fault
from m365backup_tui.practice.faults.operations import is_wide
from m365backup_tui.practice.faults.switchboard import WRITES
from m365backup_tui.practice.tenant import Tenant
from m365backup_tui.practice.trace import Trace

BREAKING = ("T5", "T9")
REFUSING = ("H1", "H3", "H4", "H5", "H7", "H8", "H9", "H10")
REWRITING = ("T2", "H11", "H12", "H13")
LATE = ("H6", "T6")
# In the order in which they come about.
DELIVERING = ("T12", "T11", "T8", "T10", "T7")
NEWBORN = ("H14", "H15")


class Course:
    """The faults that are due for one request, and which of them had an effect.

    One that found nothing to strike (an after-commit fault on a request that failed by itself, a
    rewriting without anything to rewrite) is withdrawn and waits for the next request.
    `early` is how many seconds before its time the caller came back, None when it did not.
    `nameless`: the answer comes from a proxy, which knows nothing of our request ids. `unheard`: the
    connection broke before the service heard of the request.
    """

    def __init__(self, tenant: Tenant, request: web.Request, trace: Trace, part: bool) -> None:
        self._tenant = tenant
        self._request = request
        self._trace = trace
        wanted = [*REFUSING, *REWRITING, *LATE, *DELIVERING, *BREAKING, "H2"]
        wanted += NEWBORN if request.method in WRITES else ()
        if part:
            wanted = [fault_id for fault_id in wanted if not fault_id.startswith("T")]
        self._hits = tenant.faults.strike(request, wanted)
        self._used: dict[str, None] = {}
        self._worked = self._sendable = False
        self.nameless = self.unheard = False
        self.early = self._came_early()

    async def instead(self) -> web.StreamResponse | None:
        """The answer that comes instead of the service's own, None when the service may answer."""
        if self.early is not None and self._strike("H2"):
            return refusals.too_early(self._trace, math.ceil(self.early))
        if self._strike("T5"):
            self.unheard = True
            return web.Response()  # nobody sees it: the connection breaks
        if page := self._strike("T9"):
            self.nameless = True
            return refusals.proxy_page(int(page["status"]))
        token = self._token()
        if token in self._tenant.faults.memory.refused and self._tenant.faults.on("H8") is not None:
            self._used["H8"] = None
            return refusals.refusal(self._tenant, self._trace, {"id": "H8"})
        if self._hidden():
            self._used["H14"] = None
            return refusals.refusal(self._tenant, self._trace, {"id": "H14"})
        for fault_id in REFUSING:
            if fault := self._strike(fault_id):
                if fault_id == "H8" and token:
                    self._tenant.faults.memory.refused.add(token)
                return refusals.refusal(self._tenant, self._trace, fault)
        return None

    def rewritten(self, response: web.StreamResponse) -> web.StreamResponse:
        """The service's answer with odd content, when that is asked for."""
        self._worked = response.status < 400
        if not self._worked or not isinstance(response, web.Response):
            return response
        newborn = self._tenant.faults.memory.newborn
        for fault_id in NEWBORN:
            fault = self._hits.get(fault_id)
            if fault and newborn.born(self._request.path, response, fault):
                self._used[fault_id] = None
        reads = self._request.method == "GET" and self._tenant.faults.on("H15") is not None
        if reads and newborn.unlist(response):
            self._used["H15"] = None
        for fault_id in REWRITING:
            fault = self._hits.get(fault_id)
            if fault and rewriting.rewrite(self._tenant, self._request, response, fault):
                self._used[fault_id] = None
        return response

    def _hidden(self) -> bool:
        faults, request = self._tenant.faults, self._request
        if request.method != "GET" or faults.on("H14") is None:
            return False
        return faults.memory.newborn.hidden(request.path)

    def late(self, response: web.StreamResponse, changed: bool) -> web.StreamResponse:
        """The answer after the work was done: the service's own, or a gateway's.

        `changed`: the request has changed something, which is what such a fault waits for; a read
        is struck when its own operation was asked for.
        """
        due = [self._hits[one] for one in LATE if one in self._hits]
        done = changed or not all(is_wide(fault["operation"]) for fault in due)
        if self._worked and done and not self._used.keys() & {"T5"}:
            if self._strike("T6"):
                return response
            if fault := self._strike("H6"):
                late = refusals.refusal(self._tenant, self._trace, fault)
                self._trace.stamp(late)
                return late
        return response

    def remember(self, response: web.StreamResponse) -> None:
        """Note when this caller may come back, if the answer says so."""
        self._sendable = isinstance(response, web.Response) and bool(response.body)
        now = self._moment()
        until = moment_of(response, now, self._tenant.clock.real())
        if until is not None:
            self._tenant.faults.memory.early.note(self._key(), until)

    def struck(self) -> tuple[str, ...]:
        """The ids of the faults that had an effect; those of ours that had none are withdrawn."""
        for fault_id in () if self._broken() else DELIVERING:
            if fault_id in self._hits and (fault_id in ("T11", "T12") or self._sendable):
                self._used[fault_id] = None
        for fault_id, fault in self._hits.items():
            if fault_id not in self._used:
                self._tenant.faults.withdraw(fault, self._request)
        # Those that a handler asked about struck there.
        asked = self._tenant.faults.struck_by(self._request)
        return tuple({**self._used, **dict.fromkeys(asked)})

    async def delivered(self, response: web.StreamResponse) -> web.StreamResponse:
        """Send the answer the way the faults want it, and return what was sent."""
        if self._broken():
            delivery.reset(self._request)
            return response
        for fault_id in DELIVERING:
            if fault_id in self._used:
                fault = self._hits[fault_id]
                response = await delivery.deliver(self._tenant, self._request, response, fault)
        return response

    def _broken(self) -> bool:
        return "T5" in self._used or "T6" in self._used

    def _strike(self, fault_id: str) -> Fault | None:
        fault = self._hits.get(fault_id)
        if fault is not None:
            self._used[fault_id] = None
        return fault

    def _key(self) -> Key:
        who = who_calls(self._request)
        path = self._request.path.lower().rstrip("/")
        return Key(who.oid if who else "", who.client_id if who else "", self._request.method, path)

    def _came_early(self) -> float | None:
        early = self._tenant.faults.memory.early
        # Who calls is only looked up when somebody has been told to wait.
        return early.check(self._key(), self._moment()) if early.waiting else None

    def _moment(self) -> datetime:
        # Waits asked for are in real time; advancing the tenant's clock serves them too. A clock
        # that is held does not: the caller's own goes on.
        offset = float(self._tenant.data["clock"]["offset_seconds"])
        return self._tenant.clock.real() + timedelta(seconds=offset)

    def _token(self) -> str:
        header = self._request.headers.get("Authorization", "")
        return hashlib.sha256(header.encode(errors="surrogateescape")).hexdigest() if header else ""
