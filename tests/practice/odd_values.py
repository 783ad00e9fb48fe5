"""Odd things to put into paths, queries, headers and bodies."""

from __future__ import annotations

import json
import random
from typing import Any

DEEP = 3000  # brackets; Python's own JSON reader gives up at about a thousand
# In a path, already encoded; raw bytes that are no UTF-8 among them.
SEGMENTS = (
    b"x", b"0", b"-1", b"%00", b"%ff", b"\xff\xfe", b"%ED%A0%80", b"%2e%2e", b"%2e%2e%2f", b"..",
    b"'", b"(", b"')", b"(x='1')", b"1e400", b"9" * 40, b"null", b"{id}", b";", b"+", b"%20", b"~",
    b"%E2%80%AE", b"a" * 300, b"%25", b"%", b"%zz", b"$count", b"$ref", b"graph.user", b"@odata",
    b"00000000-0000-0000-0000-000000000000", b"0a1b2c3d-1111-4222-8333-444455556666", b"%F0%9F%92%A9",
    b"a,b,c", b"a,00000000-0000-0000-0000-000000000000,00000000-0000-0000-0000-000000000000", b"%D9%A3",
    b"host:", b"localhost:%2Fsites%2Fa:", b"%0d%0aX-Odd:%201", b"*",
)  # fmt: skip
OPTIONS = (
    b"$filter", b"$search", b"$orderby", b"$top", b"$skip", b"$skiptoken", b"$select", b"$count",
    b"$expand", b"%24filter", b"$FILTER", b"$format", b"search", b"since", b"api-version", b"foo",
    b"", b"persona", b"client_id", b"scope", b"response_type", b"redirect_uri", b"state", b"code",
    b"prompt", b"claims", b"code_challenge", b"user_code", b"login_hint", b"$apply", b"$deltatoken",
)  # fmt: skip
QUERY_VALUES = (
    b"", b"'", b"''", b"0", b"1", b"-1", b"5", b"999", b"1e9", b"9" * 30, b"%C2%B2", b"%D9%A3",
    b"true", b"null", b"%00", b"%ff", b"\xff", b"*", b"id", b"id,id,id", b"displayName", b"a" * 900,
    b"(" * 200, b"not%20" * 80, b"id%20eq%20'x'", b"id%20in%20()", b"id%20in%20('a','b')",
    b"displayName%20desc", b"displayName%20eq", b"startswith(displayName,'a')", b"endswith(mail,'%00')",
    b"contains(displayName,'a')", b"groupTypes/any(c:c%20eq%20'Unified')", b"x/any(", b"policyId%20ne%20null",
    b"createdDateTime%20ge%202020-01-01", b"protectionDateTime%20lt%209999-12-31T23:59:59Z",
    b"protectionDateTime%20lt%200001-01-01T00:00:00%2B23:59", b"status%20eq%20'active'",
    b"protectionUnit($filter=id%20eq%20'x')", b"members($select=id)", b"members($expand=members)",
    b'%22displayName:a%22', b'%22', b'%22a%22%20AND%20(', b"YWZ0ZXI6LTU=", b"YQ==", b"W10=", b"%7B%7D",
    b"atScope()", b"asTarget()", b"principalId%20eq%20'x'", b"resourceType%20eq%20'a'",
    b"tagName%20eq%20'a'%20and%20tagValue%20eq%20''", b"2022-12-01", b"2025-04-01", b"2022-99-99",
    b"https:///", b"http://[", b"http://localhost:1", b"javascript:alert(1)", b"openid%20x/.default",
    b"https://graph.microsoft.com/.default", b"S256", b"fragment", b"global-admin", b"<b>",
)  # fmt: skip
HEADERS = (
    (b"ConsistencyLevel", b"eventual"), (b"ConsistencyLevel", b"\xff"), (b"Prefer", b"\xc3\xa9"),
    (b"Prefer", b"include-unknown-enum-members"), (b"Prefer", b"create-if-missing"),
    (b"Prefer", b"respond-async, odata.maxpagesize=99999999999999999999"),
    (b"X-HTTP-Method-Override", b"DELETE"), (b"X-HTTP-Method", b"MERGE"), (b"If-Match", b"*"),
    (b"If-None-Match", b"\""), (b"Accept", b"application/xml"), (b"Accept", b";;;q=x"),
    (b"Accept-Encoding", b"br;q=9"), (b"Content-Encoding", b"gzip"), (b"Content-Encoding", b"x"),
    (b"client-request-id", b"\xf0\x9f\x92\xa9"), (b"client-request-id", b"a" * 4000),
    (b"x-ms-client-request-id", b"0"), (b"x-ms-correlation-request-id", b"'"), (b"Range", b"bytes=5-1"),
    (b"return-client-request-id", b"maybe"), (b"Authorization", b"Bearer"), (b"Host", b"example.org"),
    (b"Authorization", b"Bearer \xff\xff"), (b"Authorization", b"Basic Og=="), (b"Cookie", b"a=\xff;;=;"),
    (b"Authorization", b"Bearer eyJhbGciOiJub25lIn0.e30."), (b"Authorization", b"Bearer a.b.c"),
    (b"X-Forwarded-Host", b"evil.invalid"), (b"Date", b"never"), (b"TE", b"x"), (b"Origin", b"null"),
)  # fmt: skip
CONTENT_TYPES = (
    b"application/json", b"application/json", b"application/json", b"application/json;charset=klingon",
    b"application/json; charset=utf-16", b"text/plain", b"", b"multipart/form-data",
    b"multipart/form-data; boundary=x", b"application/x-www-form-urlencoded", b"/", b"\xff/\xff",
    b"application/x-www-form-urlencoded; charset=klingon", b"application/xml",
)  # fmt: skip
LEAVES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 10**400, 1.5, 1e308, "", "x", " ", "\u0000", "\ud800", "\u202e", "é" * 300,
    [], {}, [None], [[]], [{}], ["x"], ["x", "x"], [1], [True], ["\ud800"], [10**400], {"id": "x"},
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2026-11-03T09-15-22Z", "P1D", "-P1D", "PT0S",
    "P99999999999D", "new", "latest", "active", "enabled", "global-admin", "westeurope", "Global",
    "(memberOf -any (group.id -in ['x']))", "((displayName -contains 'abc') -or (webUrl -contains 'x'))",
    "(" * 500, "00000000-0000-0000-0000-000000000000", {"startDateTime": "x", "endDateTime": None},
    [{"@removed": None, "id": None}], [{"@removed": {"reason": "changed"}, "id": []}], [{"siteId": "a,b,c"}],
    [{"directoryObjectId": "00000000-0000-0000-0000-000000000000"}], [{"restorePoint": {"id": {}}}],
    [{"id": "1", "method": "GET", "url": "/me"}], [{"id": 1, "method": 2, "url": []}], "POST", "GET",
    "https://localhost", "\n", "1" * 5000, {"a": {"a": {"a": {"a": None}}}},
)  # fmt: skip
RAW = (
    b"", b"{", b"[", b"null", b"1", b'"x"', b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b"[" * DEEP, b'{"a":' * DEEP,
    b"{}{}", b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}', b'{"\\u0000":1}', b"a=b&a=c",
    b"grant_type=\xff", b"%", b"=", b"&" * 500, b"--x\r\n\r\n--x--", b"--x\r\nContent-Disposition: form-data\r\n\r\nx",
    b"{" + b" " * 5000 + b"}", b"a=" + b"b" * 5000, b"\x00" * 100,
)  # fmt: skip


def body(draw: random.Random, names: tuple[str, ...]) -> bytes:
    """A JSON object of these names and odd values, or what is no JSON at all."""
    if draw.random() < 0.15:
        return draw.choice(RAW)
    made = {draw.choice(names): value(draw, names) for _ in range(draw.randrange(5))}
    return json.dumps(made).encode()


def value(draw: random.Random, names: tuple[str, ...], deep: int = 2) -> Any:
    """A leaf, or an object or list of such."""
    kind = draw.random()
    if deep and kind < 0.12:
        return {draw.choice(names): value(draw, names, deep - 1) for _ in range(2)}
    if deep and kind < 0.24:
        return [value(draw, names, deep - 1) for _ in range(draw.randrange(3))]
    return draw.choice(LEAVES)
