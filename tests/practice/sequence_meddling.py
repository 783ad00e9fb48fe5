"""Another admin, at work between a plan and its run, through the API."""

from __future__ import annotations

from m365backup_tui.domain.products import ALL_PRODUCTS
from tests.practice.sequence_model import Held, Meddling, Model
from tests.practice.sequence_wire import PATHS, ROOT, Wire


def meddle(wire: Wire, model: Model, what: Meddling, which: int) -> bool:
    """True when something changed. The model follows what the service said."""
    if what is Meddling.CREATE:
        product = ALL_PRODUCTS[which % len(ALL_PRODUCTS)]
        path, nav, field_name = PATHS[product]
        key, name = model.free(product)[0], model.name()
        body = {"displayName": name, nav: [{field_name: key}]}
        wire.done("POST", f"{ROOT}/{path}", body)
        model.policies.append(Held(product, name, keys={key}))
        return True
    if not model.policies:
        return False
    held = model.policies[which % len(model.policies)]
    path, nav, field_name = PATHS[held.product]
    listed = wire.done("GET", f"{ROOT}/{path}")["value"]
    policy = next(p for p in listed if p["displayName"] == held.name)
    place, either = f"{ROOT}/{path}/{policy['id']}", f"{ROOT}/protectionPolicies/{policy['id']}"
    match what:
        case Meddling.RENAME:
            held.name = model.name()
            wire.done("PATCH", place, {"displayName": held.name})
        case Meddling.ADD:
            key = model.free(held.product)[0]
            wire.done("PATCH", place, {f"{nav}@delta": [{field_name: key}]})
            held.keys.add(key)
        case Meddling.REMOVE if held.keys - held.ruled:
            units = wire.done("GET", f"{place}/{nav}")["value"]
            wanted = min(held.keys - held.ruled)
            unit = next(u for u in units if str(u[field_name]).lower() == wanted)
            gone = {"@removed": {"reason": "changed"}, "id": unit["id"]}
            wire.done("PATCH", place, {f"{nav}@delta": [gone]})
            held.keys.discard(str(unit[field_name]).lower())
        case Meddling.SWITCH:
            wire.done("POST", f"{either}/{'deactivate' if held.on else 'activate'}")
            held.on = not held.on
        case Meddling.DELETE if not held.on:
            wire.done("DELETE", either)
            model.policies.remove(held)
        case _:
            return False
    return True
