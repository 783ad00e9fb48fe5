"""A real `az` on the PATH: a program that keeps a session of its own at the practice tenant, as Azure CLI does."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.practice.conftest import Controls
from tests.practice.signing_in import ARM_SCOPE, sign_in

PROGRAM = """#!{python} -IS
import json, os, sys, time, urllib.parse, urllib.request, ssl
session = json.load(open({session!r}))
words = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps(words) + "\\n")
if sys.stdin.read():
    sys.exit("something on standard input")
{before}
if words[:2] == ["account", "show"]:
    print(json.dumps(session["shown"]))
    sys.exit(0)
assert words[:2] == ["account", "get-access-token"], words
tenant = words[words.index("--tenant") + 1]
scope = words[words.index("--resource") + 1] + "/.default openid profile offline_access"
form = dict(grant_type="refresh_token", client_id=session["client"], scope=scope,
            refresh_token=session["refresh_token"])
url = session["base_url"] + "/" + tenant + "/oauth2/v2.0/token"
context = ssl.create_default_context(cafile=session["ca_file"])
web = urllib.request.build_opener(urllib.request.ProxyHandler({{}}),
                                  urllib.request.HTTPSHandler(context=context))
try:
    answer = json.load(web.open(url, urllib.parse.urlencode(form).encode()))
except urllib.error.HTTPError as error:
    sys.exit("ERROR: " + json.load(error)["error_description"])
told = {{"accessToken": answer["access_token"], "tenant": tenant, "tokenType": "Bearer"}}
if {epoch}:
    told["expires_on"] = int(time.time()) + answer["expires_in"]
print(json.dumps(told))
"""


class Az:
    """`az` in `folder`, signed in as `persona`. `log`: the arguments of every run."""

    def __init__(
        self, folder: Path, ready: dict[str, Any], controls: Controls, persona: str
    ) -> None:
        self.folder = folder
        self._session = folder / "session.json"
        self._log = folder / "log.jsonl"
        answer = sign_in(ready, controls, [ARM_SCOPE], persona, client="arm")
        who = next(one for one in ready["personas"] if one["key"] == persona)
        shown = {
            "environmentName": "AzureCloud",
            "id": ready["subscriptions"][0]["id"],
            "name": "Production",
            "state": "Enabled",
            "tenantId": ready["tenant_id"],
            "user": {"name": who.get("upn") or who["username"], "type": "user"},
        }
        self.session: dict[str, Any] = {
            "client": ready["client_ids"]["arm"],
            "base_url": ready["base_url"],
            "ca_file": ready["ca_file"],
            "refresh_token": answer["refresh_token"],
            "shown": shown,
        }
        self.write()

    def write(self, before: str = "", *, epoch: bool = True) -> None:
        """The program anew; `before` is done first, whatever was asked. `epoch`: as versions from 2.54 answer."""
        self._session.write_text(json.dumps(self.session))
        path = self.folder / "az"
        path.write_text(
            PROGRAM.format(
                python=sys.executable,
                session=str(self._session),
                log=str(self._log),
                before=before,
                epoch=epoch,
            )
        )
        path.chmod(0o755)

    @property
    def environ(self) -> dict[str, str]:
        """What finds this `az`, and nothing else of the name."""
        return {"PATH": f"{self.folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}

    @property
    def runs(self) -> list[list[str]]:
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text().splitlines()]
