"""A 401 of Graph or Azure, after what the SDK and `renewal` tried by themselves: the sign-in that the person needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from m365backup_tui.cloud.credential import decode_claims
from m365backup_tui.domain.errors import CloudError, NotSignedIn, StepUpNeeded


def sign_in_again(
    service: str,
    code: str,
    request_id: str,
    headers: Mapping[str, str],
    scopes: Sequence[str] = (),
) -> CloudError:
    """With claims in WWW-Authenticate (auth.md §1.8) the step-up that satisfies them, else a plain new sign-in.

    `service` begins the sentence. Header names are in lower case. `scopes`: those of the request. Broken for claims
    that cannot be read.
    """
    challenge = re.search(r'claims="([^"]+)"', headers.get("www-authenticate", ""))
    if challenge is None:
        what = f"{service} no longer accepts the sign-in."
        return NotSignedIn(what, code, request_id, scopes=tuple(scopes))
    what = f"{service} asks for a fresh sign-in."
    return StepUpNeeded(what, code, request_id, decode_claims(challenge.group(1)), tuple(scopes))
