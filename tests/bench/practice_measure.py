"""Figures of one running practice tenant: how long requests take, and how long others wait beside."""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import psutil

from tests.practice.conftest import Controls, web_session
from tests.practice.graph_client import WIZARD_SCOPES, Rest, graph_token
from tests.practice.signing_in import ARM_SCOPE, sign_in

BACKUP = "/solutions/backupRestore"
REPEATED = 20
LIMIT = 50.0  # milliseconds for a page of a list
SCOPES = (
    *WIZARD_SCOPES,
    "User.Read.All",
    "Directory.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "BackupRestore-Restore.ReadWrite.All",
    "BackupRestore-Search.Read.All",
)


class Measure:
    """Asks, and keeps the figures by name in `figures`."""

    def __init__(self, ready: dict[str, Any], process: psutil.Process) -> None:
        self.controls, self._ready, self._process = Controls(ready), ready, process
        self._token = graph_token(ready, self.controls, scopes=SCOPES)
        self._azure = sign_in(ready, self.controls, [ARM_SCOPE], client="arm")["access_token"]
        self.rest = Rest(ready, self._token, web_session(ready))
        self._base = str(ready["base_url"])
        self._graph = str(ready["graph"]).removeprefix(self._base)
        trust = ssl.create_default_context(cafile=ready["ca_file"])
        self._line = http.client.HTTPSConnection(
            self._base.removeprefix("https://"), context=trust, timeout=60
        )
        self.figures: dict[str, Any] = {}

    def memory(self) -> float:
        """MiB that the server holds now."""
        return float(self._process.memory_info().rss / 2**20)

    def _processor(self) -> float:
        """Seconds of processor time that the server has used."""
        used = self._process.cpu_times()
        return float(used.user + used.system)

    def note(self, name: str, figure: float, unit: str) -> None:
        """A single figure."""
        self.figures[name] = round(figure, 2)
        print(f"  {name:52} {figure:8.2f} {unit}", file=sys.stderr)

    def get(self, name: str, path: str, **headers: str) -> dict[str, Any]:
        """A GET of Graph, several times; the last answer."""
        url = f"{self._graph}{path}"
        named = {"Authorization": f"Bearer {self._token}"}
        named |= {key.replace("_", "-"): value for key, value in headers.items()}
        found: dict[str, Any] = json.loads(self._times(name, url, named))
        return found

    def azure(self, name: str, path: str) -> None:
        """A GET of Azure Resource Manager, several times."""
        self._times(name, path, {"Authorization": f"Bearer {self._azure}"})

    def first_byte(self, name: str, path: str) -> None:
        """A report, until the first piece of the file; the rest is not waited for."""
        self._times(name, self._graph + path, {"Authorization": f"Bearer {self._token}"}, False)

    def _times(self, name: str, url: str, headers: dict[str, str], whole: bool = True) -> bytes:
        taken: list[float] = []
        body = b""
        cpu = self._processor()
        for _ in range(REPEATED):
            began = time.perf_counter()
            body = self._ask(url, headers, whole)
            taken.append(1000 * (time.perf_counter() - began))
        cpu, first = 1000 * (self._processor() - cpu) / REPEATED, taken[0]
        taken.sort()
        p50, p95, worst = taken[REPEATED // 2], taken[REPEATED * 19 // 20 - 1], taken[-1]
        kept = {"first": first, "p50": p50, "p95": p95, "max": worst, "cpu": cpu}
        self.figures[name] = {what: round(value, 1) for what, value in kept.items()}
        mark = "*" if cpu > LIMIT else "+" if p50 > LIMIT else " "
        shown = "".join(f"{value:9.1f}" for value in kept.values())
        print(f"{mark} {name:48}{shown} ms", file=sys.stderr)
        return body

    def _ask(self, url: str, headers: dict[str, str], whole: bool) -> bytes:
        # Not with `requests`: reading a megabyte takes it longer than the server needs to make it.
        self._line.request("GET", quote(url, safe="/?&=$:%'(),*@+\""), headers=headers)
        answer = self._line.getresponse()
        if answer.status == 302:
            where = str(answer.headers["Location"]).removeprefix(self._base)
            answer.read()
            return self._ask(where, {}, whole)
        body = answer.read() if whole else answer.read(64)
        if not whole:
            self._line.close()  # the next one connects anew, which is in its time
        if answer.status != 200:
            raise RuntimeError(f"{url}: {answer.status} {body[:300]!r}")
        return body

    def once(self, name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A request that changes something: how long it took, how long small ones beside it did."""

        def ask(rest: Rest) -> dict[str, Any]:
            status, answer = rest.call(method, path, body)
            if status >= 400:
                raise RuntimeError(f"{path}: {status} {answer}")
            return answer

        found: dict[str, Any] = self.beside(name, ask)
        return found

    def beside(self, name: str, heavy: Callable[[Rest], Any]) -> Any:
        """Run `heavy` in a thread while this one asks for a page again and again.

        Kept are the whole time of `heavy` and the longest time that a page took meanwhile.
        """
        result: list[Any] = []
        failed: list[Exception] = []
        finished: list[float] = []

        def run() -> None:
            with web_session(self._ready) as web:
                began = time.perf_counter()
                try:
                    result.append(heavy(Rest(self._ready, self._token, web)))
                except Exception as wrong:
                    failed.append(wrong)
                finished.append(1000 * (time.perf_counter() - began))

        self.rest.call("GET", "/groups?$top=1")  # connected
        thread = threading.Thread(target=run)
        thread.start()
        worst = 0.0
        while thread.is_alive():
            began = time.perf_counter()
            self.rest.call("GET", "/groups?$top=1")
            worst = max(worst, 1000 * (time.perf_counter() - began))
        thread.join()
        if failed:
            raise failed[0]
        self.figures[name] = {"took": round(finished[0], 1), "beside": round(worst, 1)}
        print(f"  {name:52} {finished[0]:8.1f} ms, beside {worst:8.1f} ms", file=sys.stderr)
        return result[0]


def relative(answer: dict[str, Any]) -> str:
    """The nextLink of an answer, as a path below /v1.0."""
    return str(answer["@odata.nextLink"]).split("/v1.0", 1)[1]
