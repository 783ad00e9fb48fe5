"""Addresses as people paste them, to the paths that Graph takes. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from m365backup_tui.cloud.answers import GUID

USER_FIELDS = "id,displayName,userPrincipalName,mail,accountEnabled,userType"
SITE_FIELDS = "id,name,displayName,webUrl"

_COMPOSITE = re.compile(rf"[^,/\s]+,{GUID.pattern},{GUID.pattern}", re.IGNORECASE)
_MANAGED = ("sites", "teams", "portals")  # managed paths whose next part names the site collection
_SHORT = {"s": "sites", "t": "teams"}  # as sharing links abbreviate them


def user_path(address: str) -> str:
    """The relative Graph URL of a user by user principal name (or object id)."""
    return f"/users/{quote(address.strip(), safe='@')}?$select={USER_FIELDS}"


def mail_path(address: str) -> str:
    """The relative Graph URL that looks a user up by mail address."""
    literal = address.strip().replace("'", "''")
    condition = quote(f"mail eq '{literal}'", safe="'@")
    return f"/users?$filter={condition}&$select={USER_FIELDS}"


def site_path(address: str) -> str:
    """The relative Graph URL of a site by web address, composite id or site collection id; "" if it is none of them.

    Takes any spelling of the web address: trailing slash, %20, pages and libraries below the site, sharing links,
    satellite hosts of a multi-geo tenant.
    """
    text = address.strip().strip("<>\"'")
    if _COMPOSITE.fullmatch(text) or GUID.fullmatch(text):
        return f"/sites/{text.lower()}?$select={SITE_FIELDS}"
    host, path = site_address(text)
    if not host:
        return ""
    where = f"{host}:{quote(path, safe='/')}" if path else host
    return f"/sites/{where}?$select={SITE_FIELDS}"


def site_address(address: str) -> tuple[str, str]:
    """(host, path of the site collection, "" for the root site); ("", "") when it is not a web address."""
    text = address.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        return "", ""
    if parts.scheme not in ("https", "http") or "." not in host:
        return "", ""
    steps = [unquote(step).strip() for step in parts.path.split("/")]
    steps = [step for step in steps if step]
    if len(steps) > 1 and re.fullmatch(
        r":\w:", steps[0]
    ):  # https://host/:f:/s/Legal/... and /:w:/r/sites/Legal/...
        steps = steps[1:]
        steps = (
            steps[1:] if steps[0].lower() == "r" else [_SHORT.get(steps[0], steps[0]), *steps[1:]]
        )
    if len(steps) > 1 and steps[0].lower() in _MANAGED:
        return host, f"/{steps[0]}/{steps[1]}"
    return host, ""


def is_personal(url: str) -> bool:
    """Whether a site is somebody's OneDrive: those are protected as accounts."""
    parts = urlsplit(url.lower())
    first_label = (parts.hostname or "").partition(".")[0]
    return first_label.endswith("-my") or parts.path.startswith("/personal/")
