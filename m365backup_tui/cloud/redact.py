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
        "verifier",
        "nonce",
        "passphrase",
        "cache_key",
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
    rf"""(?P<key>(?<![\w-])(?:{_KEYS})(?:\\*["']?\s*(?:[:=]|%3D)|["']\s*,)\s*)"""
    r"""(?P<value>\\+"(?:(?!\\+").)*\\+"|b?"(?:[^"\\]|\\.)*"|b?'(?:[^'\\]|\\.)*'"""
    r"""|(?:Bearer|Basic)\s+[^\s,;"']+|[^\s,;&"'}\])]+)""",
    re.IGNORECASE,
)
# `code` is an authorization code when it is long and not one word; error codes are words, and stay.
_CODE = re.compile(
    r"""(?P<key>(?<![\w-])code\\*["']?\s*[:=]\s*\\*["']?)(?=[A-Za-z]*[^A-Za-z\s"'&,\\])[^\s"'&,\\]{16,}""",
    re.IGNORECASE,
)
# The state of a browser sign-in as MSAL 1.39 makes it: 22 characters of base64. The state of a thing is made of words.
_STATE = re.compile(
    r"""(?P<key>(?<![\w-])state\\*["']?\s*[:=]\s*\\*["']?)"""
    r"""(?=[\w-]{22}(?![\w-]))(?=[A-Za-z]*(?:[\d_-]|[A-Z]{2}))[\w-]{22}"""
)
# An address that a browser ended at, or goes to, also where it stands encoded inside another. The number that an error
# page is asked for (`error?code=50076`) stays.
_QUERY = re.compile(
    r"""(?P<key>(?:[?&#]|%3F|%26|%23)(?:code|state|nonce|client_info|session_state|id_token|access_token|sig|token"""
    r"""|tempauth)(?:=|%3D))(?!\d+(?:[\s&"'#]|$))[^\s&"'#]+""",
    re.IGNORECASE,
)
# Entra's sentence for the person at the other machine; the code is theirs until it is used.
_SPOKEN = re.compile(r"(?P<key>\benter the code )[A-Z0-9]{6,}", re.IGNORECASE)
_PATTERNS = (
    # JWT, a piece of one, and client_info: JSON in base64 begins like this.
    re.compile(r"eyJ[A-Za-z0-9_-]{8,}={0,2}(?:\.[A-Za-z0-9_-]*)*"),
    # Entra's codes and refresh tokens
    re.compile(r"(?:(?<=%3D)|(?<![\w-]))[01]\.A[A-Za-z0-9_-]{50,}(?:\.[A-Za-z0-9_-]*)*"),
    re.compile(r"(?<=://)[^/\s@\"']*:[^/\s@\"']+(?=@)"),  # user and password of a proxy URL
    re.compile(r"(?i)(?<=bearer )[^\s,;\"']+"),
    # 32 bytes in base64: the key of the token cache
    re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{43}=(?!=)"),
)


def redact(text: str) -> str:
    """`text` without tokens, codes and passwords."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    for pair in (_QUERY, _PAIR, _CODE, _STATE, _SPOKEN):
        text = pair.sub(lambda found: found["key"] + MASK, text)
    return text


class RedactingFilter(logging.Filter):
    """Put it on every *handler* (a filter on a logger does not see its children's records)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the finished message, and the traceback text, in place; never drops a record."""
        try:
            words = record.getMessage()
        except Exception:  # arguments that do not fit: logging would print them all, unmasked
            words = f"{record.msg} (its arguments do not fit and are left out)"
        record.msg = redact(words)
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
