"""Graph requests that no builder of the SDK makes: a following page, a batch. Importing this loads no SDK."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation


def following(link: str, headers: dict[str, str]) -> RequestInformation:
    """A GET of this absolute address, with the headers of the request that led to it."""
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation

    info = RequestInformation(Method.GET)
    info.url = link
    for name, value in headers.items():
        if name.lower() not in ("authorization", "client-request-id"):
            info.headers.try_add(name, value)
    return info


def batch_of(urls: Sequence[str], wanted: Sequence[int]) -> RequestInformation:
    """One `$batch` of the wanted ones; each part is named by its place in `urls`."""
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation

    parts = [{"id": str(n), "method": "GET", "url": urls[n]} for n in wanted]
    info = RequestInformation(Method.POST, "{+baseurl}/$batch", {})
    info.headers.try_add("Accept", "application/json")
    info.set_stream_content(json.dumps({"requests": parts}).encode(), "application/json")
    return info
