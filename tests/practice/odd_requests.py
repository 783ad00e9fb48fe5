"""Odd requests for every route of the practice tenant, the same ones for the same seed, and a client that sends them.

The client writes bytes into the connection: libraries would refuse, escape or repair most of it.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import socket
import ssl
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from tests.practice import odd_values, sdk_calls, sdk_models
from tests.practice.all_routes import Known

Json = dict[str, Any]
METHODS = (
    "GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "MERGE", "PROPFIND", "get", "X",
)  # fmt: skip
AZURE = (
    "location", "tags", "properties", "spoTenantId", "spoTenantUrl", "friendlyName", "service", "level",
    "identityType", "identityId", "feature", "scope", "roleDefinitionId", "principalId", "requestType",
    "scheduleInfo", "permissions", "actions", "assignableScopes", "roleName", "policyDefinitionId",
    "parameters", "value", "notScopes", "operation", "resourceDetails", "type", "pendingFields", "name",
    "timeframe", "dataset", "granularity", "timePeriod", "from", "to", "filter", "sku", "plan", "identity",
)  # fmt: skip
FORMS = (
    "client_id", "scope", "grant_type", "code", "device_code", "refresh_token", "redirect_uri", "user_code",
    "state", "response_type", "response_mode", "code_challenge", "code_verifier", "claims", "prompt",
    "persona", "login_hint", "action", "session", "nonce", "client_secret", "username", "password",
    "subscription_id", "resource_group", "region", "application", "terms", "service", "confirm", "budget",
)  # fmt: skip
CONTROLS = (
    "id", "nth", "rate", "every", "times", "for", "after", "operation", "retry_after", "status", "delay",
    "advance", "pace", "now", "hold", "persona", "action", "entra", "arm", "billing", "backup", "clock",
    "meta", "seed", "size", "variant", "aadsts", "subscription_id", "offset_seconds", "frozen", "set",
)  # fmt: skip
BATCH = ("requests", "id", "url", "method", "headers", "body", "dependsOn", "ids", "types")


@dataclass(frozen=True, slots=True)
class Odd:
    """One request, byte for byte."""

    known: Known
    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def __str__(self) -> str:
        shown = [one for one in self.headers if not one[1].startswith(b"Bearer ey")]
        return f"{self.method} {self.target!r:.600} {shown} {self.body!r:.600}"


class Keys:
    """Values for the keys of paths: of things that are there, found by listing them, and odd ones."""

    def __init__(self, ask: Callable[[Known, str], Any], routes: list[Known]) -> None:
        """`ask` gives the JSON of a GET, None when it was refused."""
        self._by_segment: dict[str, list[str]] = defaultdict(list)
        lists = [one for one in routes if one.method == "GET" and one.service in ("graph", "arm")]
        for _ in range(3):  # what is found leads on to the lists below it
            for known in lists:
                path = self._there(known.path, random.Random(0))
                found = ask(known, path) if "{" not in path else None
                items = found.get("value") if isinstance(found, dict) else None
                for item in items if isinstance(items, list) else ():
                    self._keep(known.path, item)

    def _keep(self, path: str, item: Any) -> None:
        if isinstance(item, dict):
            segment = path.rpartition("/")[2].lower()
            for name in ("subscriptionId", "namespace", "id", "name"):
                text = item.get(name)
                kept = self._by_segment[segment]
                if isinstance(text, str) and "/" not in text and len(kept) < 20:
                    if text not in kept:
                        kept.append(text)
                    break

    def _there(self, path: str, draw: random.Random) -> str:
        def fill(match: re.Match[str]) -> str:
            known = self._by_segment.get(match[1].lower())
            return f"{match[1]}/{quote(draw.choice(known))}" if known else match[0]

        return re.sub(r"([^/{}]+)/\{\w+\}", fill, path)

    def fill(self, path: str, draw: random.Random) -> bytes:
        """The path with its keys filled in, mostly with what is there."""
        text = self._there(path, draw) if draw.random() < 0.75 else path
        parts = re.split(r"\{\w+\}", text)
        filled = parts[0].encode()
        for part in parts[1:]:
            filled += draw.choice(odd_values.SEGMENTS) + part.encode()
        return filled

    def count(self) -> int:
        """How many were found."""
        return sum(map(len, self._by_segment.values()))


def odd_request(draw: random.Random, known: Known, keys: Keys, tokens: dict[str, list[str]]) -> Odd:
    """One odd request for this route."""
    method = known.method if draw.random() < 0.8 else draw.choice(METHODS)
    target = _bent(draw, keys.fill(known.path, draw))
    query = [_option(draw) for _ in range(draw.choice((0, 0, 0, 1, 1, 2, 5)))]
    if known.versions and draw.random() < 0.9:
        query.append(b"api-version=" + draw.choice(known.versions).encode())
    if query:
        target += b"?" + b"&".join(query)
    headers: list[tuple[bytes, bytes]] = []
    if tokens.get(known.service) and draw.random() < 0.95:
        token = draw.choice(tokens[known.service])
        headers.append((b"Authorization", f"Bearer {token}".encode()))
    headers += [draw.choice(odd_values.HEADERS) for _ in range(draw.choice((0, 0, 0, 1, 2)))]
    content = b""
    if known.method not in ("GET", "DELETE") or draw.random() < 0.1:
        content, kind = _content(draw, known)
        headers.append((b"Content-Type", kind))
    return Odd(known, method, target, tuple(headers), content)


def _content(draw: random.Random, known: Known) -> tuple[bytes, bytes]:
    names = _names(known)
    if known.service not in ("entra", "portal"):
        kind = (
            b"application/json" if draw.random() < 0.85 else draw.choice(odd_values.CONTENT_TYPES)
        )
        return odd_values.body(draw, names), kind
    if draw.random() < 0.15:
        return draw.choice(odd_values.RAW), draw.choice(odd_values.CONTENT_TYPES)
    fields = [
        quote(draw.choice(names)).encode() + b"=" + draw.choice(odd_values.QUERY_VALUES)
        for _ in range(draw.randrange(8))
    ]
    return b"&".join(fields), b"application/x-www-form-urlencoded"


def _names(known: Known) -> tuple[str, ...]:
    """Names that this route's body may have: for Graph those of the SDK's model."""
    if known.service == "arm":
        return AZURE
    if known.service == "control":
        return CONTROLS
    if known.service != "graph":
        return FORMS
    path = re.sub(r"(?<=/)\{\w+\}(?=/|$)", "{id}", known.path.removeprefix("/v1.0"))
    call = sdk_calls.call_or_twin(known.method, path.replace("{key}", "(appId='x')"))
    if call is None or call.sends is None:
        return BATCH
    names = list(sdk_models.fields(call.sends))
    return tuple(names + [f"{name}@delta" for name in names if name.endswith("s")])


def _bent(draw: random.Random, path: bytes) -> bytes:
    kind = draw.random()
    if kind < 0.80:
        return path
    segments = path.split(b"/")
    if kind < 0.84:
        return path.swapcase()
    if kind < 0.88:
        return path.replace(b"/", b"//", draw.randrange(1, 4))
    if kind < 0.92:
        return path + draw.choice(
            (b"/", b"/$count", b"/$ref", b"/x", b";x=1", b"%00", b"#x", b"()")
        )
    if kind < 0.96 and len(segments) > 2:
        del segments[draw.randrange(1, len(segments))]
        return b"/".join(segments) or b"/"
    segments.insert(draw.randrange(1, len(segments) + 1), draw.choice(odd_values.SEGMENTS))
    return b"/".join(segments)


def _option(draw: random.Random) -> bytes:
    return draw.choice(odd_values.OPTIONS) + b"=" + draw.choice(odd_values.QUERY_VALUES)


class Wire:
    """A kept connection to one port of the practice tenant that carries any bytes."""

    def __init__(self, base_url: str, ca_file: str) -> None:
        where = urlsplit(base_url)
        self._address = (where.hostname or "localhost", where.port or 443)
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._socket: ssl.SSLSocket | None = None

    def close(self) -> None:
        """Close it; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, odd: Odd) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in small letters and body. Raises OSError when nothing comes back."""
        lines = [odd.method.encode() + b" " + odd.target + b" HTTP/1.1"]
        lines += [name + b": " + text for name, text in odd.headers]
        if not any(name.lower() == b"host" for name, _ in odd.headers):
            lines.append(f"Host: {self._address[0]}:{self._address[1]}".encode())
        lines.append(b"Content-Length: %d" % len(odd.body))
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        kept = self._socket is not None
        try:
            return self._once(odd.method, head + odd.body)
        except (http.client.HTTPException, OSError) as wrong:
            self.close()
            if not kept:
                raise OSError(f"{odd}: {wrong!r}") from wrong
        # A server may close a kept connection at any time; not a new one.
        return self.send(odd)

    def _once(self, method: str, message: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._socket is None:
            plain = socket.create_connection(self._address, timeout=20)
            self._socket = self._tls.wrap_socket(plain, server_hostname=self._address[0])
        self._socket.sendall(message)
        answer = http.client.HTTPResponse(self._socket, method=method)
        answer.begin()
        content = answer.read()
        headers = {name.lower(): text for name, text in answer.getheaders()}
        if answer.will_close or answer.status == 400:  # a refused head ends the connection
            self.close()
        return answer.status, headers, content


def shape_problem(odd: Odd, status: int, headers: dict[str, str], content: bytes) -> str | None:
    """What is wrong with an answer's shape: a refusal is in the form of the service that gave it."""
    if status < 400 or odd.method.upper() == "HEAD" or not content:
        return None
    if "json" not in headers.get("content-type", ""):
        # Pages, the store of reports, and what is no HTTP, which no service ever sees.
        pages = odd.known.service in ("entra", "portal", "control")
        store = odd.known.path.startswith("/reports-download/")
        return None if pages or store or status == 400 else f"{status} is no JSON"
    error = json.loads(content).get("error")
    if isinstance(error, str):  # Entra's and the controls'
        return None if error else f"{status} says nothing"
    fine = isinstance(error, dict) and error.get("code") and error.get("message")
    return None if fine else f"{status} has no code and message"
