"""`check`: the readiness report on standard output."""

from __future__ import annotations

import argparse
import json

from m365backup_tui.domain import azure, readiness
from m365backup_tui.domain.products import ALL_PRODUCTS
from m365backup_tui.domain.readiness import Readiness
from m365backup_tui.headless.sitting import Sitting
from m365backup_tui.state import State

ACT_FIRST = 3


async def check(sitting: Sitting, _: argparse.Namespace) -> int:
    """0 when nothing is missing, 3 when somebody has to act first."""
    state = await sitting.checked()
    report = state.readiness.value
    assert report is not None  # noqa: S101 - `checked` raises otherwise
    links = state.place.links
    lacking = readiness.missing(report, links.pim, links.create_subscription)
    if sitting.options.json:
        print(json.dumps(as_data(state, report, lacking), indent=2))
    else:
        print("\n".join(as_text(report, lacking)))
    return ACT_FIRST if lacking else 0


def as_text(report: Readiness, lacking: tuple[readiness.Missing, ...]) -> list[str]:
    lines = ["Entra roles"]
    lines += [f"  {r.name} ({r.how})" for r in report.roles] or ["  none"]
    lines += ["What you may manage"]
    lines += [f"  {p.label}: {report.verdict(p)}" for p in ALL_PRODUCTS]
    lines += ["Azure subscriptions"]
    for s in report.subscriptions:
        lines.append(f"  {s.name}: {azure.refusal(s, report.tenant_id) or s.access or 'usable'}")
    if not report.subscriptions:
        lines.append("  could not be read" if report.azure_error else "  none visible to you")
    lines += ["Backup service", f"  {report.service.probe}"]
    for item in lacking:
        lines += [f"Missing: {item.what}", f"  needed for: {item.blocks}", f"  who: {item.who}"]
        lines += [f"  {item.link}"] if item.link else []
    lines += [f"Note: {note}" for note in report.notes]
    return lines


def as_data(
    state: State, report: Readiness, lacking: tuple[readiness.Missing, ...]
) -> dict[str, object]:
    account = state.signed_in.account if state.signed_in else None
    return {
        "tenant": {"id": report.tenant_id, "name": account.tenant_name if account else ""},
        "account": {"username": account.username if account else ""},
        "roles": [{"name": r.name, "how": str(r.how)} for r in report.roles],
        "products": {str(p): str(report.verdict(p)) for p in ALL_PRODUCTS},
        "subscriptions": [
            {
                "name": s.name,
                "id": s.id,
                "usable": not azure.refusal(s, report.tenant_id),
                "reason": azure.refusal(s, report.tenant_id),
            }
            for s in report.subscriptions
        ],
        "service": {
            "probe": str(report.service.probe),
            "status": report.service.status,
            "consumer": str(report.service.consumer),
        },
        "missing": [
            {"what": m.what, "blocks": m.blocks, "who": m.who, "link": m.link} for m in lacking
        ],
        "notes": list(report.notes),
    }
