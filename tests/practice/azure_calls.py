"""Raw ARM calls as a persona, for tests that look at statuses, headers and bodies."""

from typing import Any

import requests

from tests.practice.conftest import Controls, web_session
from tests.practice.northwind import SUB_PRODUCTION, persona_by_key
from tests.practice.signing_in import ARM_SCOPE, sign_in

Ready = dict[str, Any]
PRODUCTION = f"/subscriptions/{SUB_PRODUCTION}"
BILLING = f"{PRODUCTION}/resourceGroups/rg-m365-billing"
AUTH = "providers/Microsoft.Authorization"
# One good api-version for each kind of path.
_VERSIONS = (
    ("/locks", "2020-05-01"),
    ("/policyassignments", "2023-04-01"),
    ("/policydefinitions", "2023-04-01"),
    ("/denyassignments", "2022-04-01"),
    ("schedule", "2020-10-01"),
    ("/elevateaccess", "2017-05-01"),
    ("/roledefinitions", "2022-04-01"),
    ("/providers/microsoft.authorization", "2022-04-01"),
    ("/checkpolicyrestrictions", "2024-10-01"),
    ("/microsoft.costmanagement/query", "2025-03-01"),
    ("/tags/default", "2025-04-01"),
    ("/operationstatuses/", "2023-04-13"),
    ("/locations/", "2024-01-01"),
    ("/microsoft.syntex/", "2023-01-04-preview"),
    ("/microsoft.graphservices/", "2023-04-13"),
    ("/microsoft.powerplatform/", "2020-10-30-preview"),
    ("/microsoft.storage/", "2024-01-01"),
    ("/resourcegroups", "2025-04-01"),
    ("/resources", "2025-04-01"),
    ("/providers", "2025-04-01"),
    ("/operationresults", "2025-04-01"),
    ("/tagnames", "2025-04-01"),
    ("/", "2022-12-01"),
)
_tokens: dict[tuple[str, str], str] = {}


def version_for(path: str) -> str:
    """A good api-version for a path."""
    low = path.lower()
    if low.endswith(("/register", "/unregister", "/resourcetypes")):
        return "2025-04-01"
    if low.count("/") <= 4 and "/providers/" in low and "authorization" not in low:
        return "2025-04-01"
    return next(version for part, version in _VERSIONS if part in low)


class Azure:
    """ARM as one persona."""

    def __init__(self, ready: Ready, controls: Controls, persona: str = "global-admin") -> None:
        self._ready = ready
        self._web = web_session(ready)
        self.persona = persona
        found = persona_by_key(persona)
        assert found is not None
        self.oid = found.oid
        key = (ready["base_url"], persona)
        if key not in _tokens:
            answer = sign_in(ready, controls, [ARM_SCOPE], persona, client="arm")
            _tokens[key] = answer["access_token"]
        self._headers = {"Authorization": f"Bearer {_tokens[key]}"}

    def call(
        self, method: str, path: str, body: Any = None, version: str | None = None, **query: str
    ) -> requests.Response:
        """One call. A full URL is called as it is; query options are given without `$`."""
        if path.startswith("https://"):
            return self._web.request(method, path, json=body, headers=self._headers, timeout=10)
        params = {"api-version": version or version_for(path)}
        params |= {f"${name}": value for name, value in query.items()}
        address = self._ready["arm"].rstrip("/") + path
        return self._web.request(
            method, address, json=body, params=params, headers=self._headers, timeout=10
        )

    def get(self, path: str, **query: str) -> Any:
        """A GET that has to work; the decoded answer."""
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def value(self, path: str, **query: str) -> list[Any]:
        """The first page of a list."""
        found: list[Any] = self.get(path, **query)["value"]
        return found

    def put(self, path: str, properties: Any = None, **more: Any) -> requests.Response:
        """A PUT of `properties` and what else the body has."""
        body = more if properties is None else {"properties": properties, **more}
        return self.call("PUT", path, body)


def refusal(answer: requests.Response) -> tuple[int, str]:
    """Status and code of an error answer."""
    return answer.status_code, answer.json()["error"]["code"]
