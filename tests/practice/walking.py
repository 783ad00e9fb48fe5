"""Somebody who walks through a practice tenant and has to be let through everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from m365backup_tui.practice.entra.keys import load_signer
from m365backup_tui.practice.entra.scopes import GRAPH_SCOPES
from tests.practice.conftest import Controls
from tests.practice.graph_client import graph_token
from tests.practice.signing_in import ARM_SCOPE, sign_in

Json = dict[str, Any]
BACKUP = "/v1.0/solutions/backupRestore"
OWN_APP = "0a1b2c3d-1111-4222-8333-444455556666"


class Walk:
    """One persona with every scope, through Microsoft's client or (`own_app`) one of the company's.

    `steps` counts the calls; each must be answered with a 2xx or a redirect.
    """

    def __init__(
        self,
        ready: Json,
        controls: Controls,
        web: requests.Session,
        persona: str = "global-admin",
        own_app: bool = False,
        service: str = "graph",
    ) -> None:
        self.ready, self.controls, self._web, self.steps = ready, controls, web, 0
        if service == "arm":
            answer = sign_in(ready, controls, [ARM_SCOPE], persona, "arm")
            self.token = str(answer["access_token"])
            return
        # Which scopes consent gives is another test's matter, so the token is signed again.
        signer = load_signer(Path(ready["ca_file"]).parent)
        claims = signer.read(graph_token(ready, controls, persona, ("User.Read",)))
        claims["scp"] = " ".join(GRAPH_SCOPES)
        self.token = signer.sign({**claims, "appid": OWN_APP} if own_app else claims)

    def do(self, method: str, path: str, body: Any = None, **headers: str) -> Json:
        """The JSON of an answer that lets the caller through, {} when it has none; redirects are followed."""
        self.steps += 1
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._web.request(
            method,
            self.ready["base_url"] + path,
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **named},
            timeout=30,
        )
        assert answer.status_code < 400, (method, path, body, answer.status_code, answer.text)
        if "json" not in answer.headers.get("Content-Type", ""):
            return {}
        found: Json = answer.json()
        return found

    def get(self, path: str, **headers: str) -> Json:
        """A GET."""
        return self.do("GET", path, **headers)

    def first(self, path: str) -> Json:
        """The first item of a list, which must have one."""
        found: Json = self.get(path)["value"][0]
        return found

    def post(self, path: str, body: Any = None) -> Json:
        """A POST."""
        return self.do("POST", path, body)
