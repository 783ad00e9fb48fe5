"""Keeping secrets out of logs: a filter for handlers, and quiet SDK loggers.

Measured (auth.md §5.6): msal at DEBUG logs device codes and client_info in clear, urllib3 and httpx log whole URLs.
Ids that support asks for (request, correlation and trace ids, tenant and client ids) are left alone.
"""

from __future__ import annotations

import logging
import re

MASK = "***"

_SDK_LOGGERS = ("msal", "urllib3", "requests", "httpx", "httpcore", "h2", "hpack", "azure")
_MORE_LOGGERS = ("kiota", "kiota_http", "msgraph", "aiohttp", "keyring", "secretstorage", "asyncio")

_KEYS = "|".join(
    (
        "access_token",
        "refresh_token",
        "id_token",
        "device_code",
        "user_code",
        "code_verifier",
        "client_assertion",
        "client_secret",
        "client_info",
        "assertion",
        "password",
        "authorization",
        "proxy-authorization",
        "set-cookie",
        "cookie",
        "x-ms-authorization-auxiliary",
    )
)
# key: value, "key": "value", key=value, ("key", "value") as httpcore logs headers, and JSON inside JSON; a value in
# quotes, after Bearer, or up to a separator.
_PAIR = re.compile(
    rf"""(?P<key>(?<![\w-])(?:{_KEYS})(?:\\*["']?\s*[:=]|["']\s*,)\s*)"""
    r"""(?P<value>\\+"(?:(?!\\+").)*\\+"|b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'"""
    r"""|(?:Bearer|Basic)\s+[^\s,;"']+|[^\s,;&"'}\])]+)""",
    re.IGNORECASE,
)
# `code` is an authorization code when it is long and not one word; error codes are words, and stay.
_CODE = re.compile(
    r"""(?P<key>(?<![\w-])code\\*["']?\s*[:=]\s*\\*["']?)(?=[A-Za-z]*[^A-Za-z\s"'&,\\])[^\s"'&,\\]{16,}""",
    re.IGNORECASE,
)
_PATTERNS = (
    re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"),  # JWT
    re.compile(r"\b[01]\.A[A-Za-z0-9_-]{50,}(?:\.[A-Za-z0-9_-]*)*"),  # Entra codes, refresh tokens
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user and password of a proxy URL
    re.compile(r"(?i)(?<=bearer )[^\s,;\"']+"),
)


def redact(text: str) -> str:
    """`text` without tokens, codes and passwords."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    for pair in (_PAIR, _CODE):
        text = pair.sub(lambda found: found["key"] + MASK, text)
    return text


class RedactingFilter(logging.Filter):
    """Put it on every *handler* (a filter on a logger does not see its children's records)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the finished message, and the traceback text, in place; never drops a record."""
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        record.exc_info = None
        record.stack_info = redact(record.stack_info) if record.stack_info else None
        return True


def quiet_sdks() -> None:
    """Pin the loggers of the SDKs at WARNING; `--verbose` raises our own only.

    Where nobody set up a handler, Python itself writes warnings to standard error: those are redacted too.
    """
    for name in (*_SDK_LOGGERS, *_MORE_LOGGERS):
        logging.getLogger(name).setLevel(logging.WARNING)
    last = logging.lastResort
    if last is not None and not any(isinstance(one, RedactingFilter) for one in last.filters):
        last.addFilter(RedactingFilter())
