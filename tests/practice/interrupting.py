"""A sign-in that ends in the middle of a job: faults that end it, and the person who signs in again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.plan import Draft, Plan, Power
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Run
from m365backup_tui.domain.units import Candidate
from m365backup_tui.events import DraftPut, Event, SignInNeeded
from m365backup_tui.state import State
from m365backup_tui.work import applying, planning, sign_in
from tests.practice.matrix_scene import Witness
from tests.practice.matrix_stage import Stage

ON = "interrupting-on"
INTERVAL = 60.0
POLICIES = 8  # two writes each
_WRITES = ("POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True)
class Ending:
    """How a sign-in ends: what the refresh is told after the service's 401, which kind that is, and its number.

    `padded`: whether the claims of the 401 are padded base64 (Entra's are not, auth.md §1.8).
    """

    refresh: dict[str, Any]
    number: int
    padded: bool = True


def _number(number: int) -> dict[str, Any]:
    return {"id": "A", "aadsts": number}


ENDINGS = {
    "CAE, padded": Ending(_number(50173), 50173),
    "CAE, unpadded": Ending(_number(50173), 50173, padded=False),
    "withdrawn (A5)": Ending({"id": "A5"}, 50173),
    "kept sign-in unreadable (A6)": Ending({"id": "A6"}, 70000, padded=False),
    "sign-in frequency": Ending(_number(70043), 70043),
    "password changed": Ending(_number(50133), 50133, padded=False),
    "multifactor": Ending(_number(50076), 50076),
    "Conditional Access": Ending(_number(53003), 53003),
    "device code no longer taken": Ending(_number(530036), 530036),
}


def end_at(stage: Stage, ending: Ending, operation: str, nth: int = 1) -> None:
    """The service refuses this request, and Entra the refresh that follows; both once."""
    refused = {"id": "H8", "operation": operation, "nth": nth, "padded": ending.padded}
    for fault in (refused, {**ending.refresh, "operation": "get token", "times": 1}):
        stage.controls.call("POST", "faults", fault).raise_for_status()


async def again(stage: Stage, needs: CloudError, persona: str = "global-admin") -> State:
    """What the wizard does with it: to the sign-in page, for just that; the person types the code."""
    stage.store.send(SignInNeeded(needs))
    done = False
    async for event in sign_in.sign_in(stage.tools, needs):
        stage.store.send(event)
        code = stage.store.state.device_code.value
        if code is not None and not done:
            done = True
            await stage.stand_in.approve(code.user_code, persona)
    return stage.store.state


def drafts(witness: Witness) -> list[Draft]:
    """Policies with two people each, activated."""
    people = [
        Candidate(Product.EXCHANGE, p["id"].lower(), p["displayName"], p["userPrincipalName"])
        for p in witness.people
    ]
    return [
        Draft(
            Product.EXCHANGE, f"New {n}", add=tuple(people[2 * n : 2 * n + 2]), power=Power.ACTIVATE
        )
        for n in range(POLICIES)
    ]


async def planned(stage: Stage, wanted: list[Draft]) -> Plan:
    for draft in wanted:
        stage.store.send(DraftPut(draft))
    state = await stage.do(planning.make(stage.tools, stage.store.state))
    assert state.plan.value is not None, state.plan.error
    return state.plan.value


async def carried_out(stage: Stage, plan: Plan) -> Run:
    return await _over(stage, applying.apply(stage.tools, plan, stage.account, interval=INTERVAL))


async def resumed(stage: Stage, run: Run) -> Run:
    return await _over(
        stage, applying.resume(stage.tools, run.id, stage.account, interval=INTERVAL)
    )


async def _over(stage: Stage, work: AsyncIterator[Event]) -> Run:
    run = (await stage.do(work)).run
    assert run is not None
    return run


def sent(stage: Stage, seq: int) -> list[str]:
    """Writes that reached the service since `seq`, as "METHOD path", those that it refused left out."""
    return [
        f"{one['method']} {one['path']}"
        for one in stage.controls.log(seq)
        if one["method"] in _WRITES
        and one["status"] < 300
        and "/oauth2/" not in one["path"]
        and "$batch" not in one["path"]
        and "getByIds" not in one["path"]
    ]


def tokens_asked(stage: Stage, seq: int) -> list[dict[str, Any]]:
    """Calls of the token endpoint since `seq`."""
    return [one for one in stage.controls.log(seq) if one["path"].endswith("/oauth2/v2.0/token")]
