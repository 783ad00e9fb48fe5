"""Bodies of control requests. Each raises ValueError, which the server answers with 400."""

import json
from typing import Any

from aiohttp import web

from m365backup_tui.practice.personas import DEFAULT_PERSONA_KEY, Persona
from m365backup_tui.practice.tenant import tenant_of


async def read_json(request: web.Request) -> Any:
    """Whatever JSON the body is; an empty body is none."""
    # The bytes, not request.json(): that believes whatever charset the header names.
    return json.loads(await request.read())


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in the body, empty when there is no body."""
    body = await read_json(request) if await request.read() else {}
    if not isinstance(body, dict):
        raise ValueError("The body is one JSON object.")
    return body


async def read_persona(request: web.Request) -> Persona:
    """Whom the body names as `persona`, the Global Administrator when it names nobody."""
    key = str((await read_object(request)).get("persona") or DEFAULT_PERSONA_KEY)
    persona = tenant_of(request).personas.by_key(key)
    if persona is None:
        raise ValueError(f"There is no persona called {key!r}.")
    return persona
