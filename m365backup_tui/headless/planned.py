"""What every command that plans has in common: backup is on, the policies are read, the plan is made and shown, and
carried out once somebody agreed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from m365backup_tui.domain.plan import Plan
from m365backup_tui.domain.plan_text import as_text
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.policy_file import NotificationWish
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.readiness import missing_of_service
from m365backup_tui.domain.roles import WHO_GRANTS_ROLES, least_role_for
from m365backup_tui.domain.service import Probe
from m365backup_tui.domain.status import left_out
from m365backup_tui.headless.running import NO_RUN, carry_out
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct
from m365backup_tui.ports import Tools
from m365backup_tui.work import applying, browse, planning


async def with_backup(sitting: Sitting) -> None:
    """Signed in, and Backup is on: raises SomebodyMustAct otherwise."""
    await sitting.checked()
    must_be_on(sitting)


def must_be_on(sitting: Sitting) -> None:
    """After the readiness check: raises SomebodyMustAct where Backup is off."""
    if not sitting.state.backup_on:
        report = sitting.state.readiness.value
        if report is not None and report.service.probe in (Probe.NO_CONSENT, Probe.NO_ROLE):
            (lacks,) = missing_of_service(report.service)  # whether it is on was not even told
            raise SomebodyMustAct(f"{lacks.what}. Who can help: {lacks.who}.")
        raise SomebodyMustAct(
            "Microsoft 365 Backup is not turned on yet, so there are no policies to compare with. "
            "`apply` prepares billing and prints what to do in the admin center."
        )


async def policies_of(sitting: Sitting, tools: Tools | None = None) -> tuple[Policy, ...]:
    """Those of the tenant, read now. Raises CloudError."""
    state = await sitting.do(browse.load_policies(tools or sitting.tools))
    if state.policies.error is not None:
        raise state.policies.error
    return state.policies.value or ()


def must_see(sitting: Sitting, products: Iterable[Product], policies: Sequence[Policy]) -> None:
    """Raises SomebodyMustAct where policies of these services may be there and are not shown to this person: they would
    be taken for missing."""
    report = sitting.state.readiness.value
    hidden = left_out({p.product for p in policies}, report.roles if report else None)
    wanted = set(products)
    for product, why in hidden.items():
        if product in wanted:
            raise SomebodyMustAct(
                f"{product.label}: {why}. Sign in as somebody who may see its policies, or ask {WHO_GRANTS_ROLES} for "
                f"the role {least_role_for(product).name}. In a policy file you can also leave {product} out."
            )


async def plan_of(
    sitting: Sitting, tools: Tools | None = None, notifications: NotificationWish | None = None
) -> Plan:
    """The plan of the drafts that wait in the state, and of what a file wants of the e-mail notifications. Raises
    CloudError."""
    made = planning.make(tools or sitting.tools, sitting.state, notifications)
    state = await sitting.do(made)
    if state.plan.error is not None:
        raise state.plan.error
    assert state.plan.value is not None  # noqa: S101 - a plan or an error, nothing else
    return state.plan.value


async def agreed(sitting: Sitting, nothing: str) -> int:
    """Plans the drafts that wait and carries them out. `nothing`: what is said where there is nothing to do."""
    return await carried_out(sitting, await plan_of(sitting), nothing)


async def carried_out(sitting: Sitting, made: Plan, nothing: str) -> int:
    """The exit code of the run; 0 without one where there is nothing to do, 1 where nobody agreed."""
    if not made.writes:
        print_plan(sitting, made, NO_RUN)
        sitting.say(nothing)
        return 0
    for line in as_text(made):
        sitting.say(line)
    if not sitting.confirm("Carry this out?"):
        sitting.say("Nothing was written.")
        return 1
    return await carry_out(sitting, applying.apply(sitting.tools, made, sitting.account))


def print_plan(sitting: Sitting, made: Plan, more: dict[str, object] | None = None) -> None:
    """The plan as a result; `more`: further keys of the document."""
    if sitting.options.json:
        print(json.dumps(as_data(made) | (more or {}), indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(made)))


def as_data(made: Plan) -> dict[str, object]:
    """The shape that scripts rely on (command-line page)."""
    return {
        "changes": [
            {
                "service": str(c.product or "tenant"),
                "policy": c.policy,
                "change": {"+": "create", "~": "change", "-": "delete"}[c.sign],
                "adds": c.adds,
                "removes": c.removes,
                "moves": c.moves,
                "rules": c.rules,
                "what": c.what,
                "effects": list(c.effects),
                "warnings": list(c.warnings),
            }
            for c in made.changes
        ],
        "requests": made.requests,
        "effects": [effect for c in made.changes for effect in (*c.effects, *c.warnings)],
        "cost": {
            "usd_per_month_from": round(made.cost.low, 2),
            "usd_per_month_to": round(made.cost.high, 2),
            "known_bytes": made.cost.known_bytes,
            "units_of_unknown_size": made.cost.unknown,
        },
        "minutes_to_first_restore_points": [made.duration.low, made.duration.high],
    }
