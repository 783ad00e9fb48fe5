"""`status`: the service, the policies and their units on standard output, as text or as one JSON document."""

from __future__ import annotations

import argparse
import json

from m365backup_tui.domain.errors import CloudError
from m365backup_tui.domain.readiness import missing_of_service
from m365backup_tui.domain.service import Probe
from m365backup_tui.domain.status import StatusReport
from m365backup_tui.headless.sitting import Sitting
from m365backup_tui.headless.status_document import as_data
from m365backup_tui.headless.status_text import as_text
from m365backup_tui.work import status as use
from m365backup_tui.work.messages import advice

ACT_FIRST = 3
FAILED = 1


async def status(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0 when it could be told, 3 when somebody has to act first, 1 when nobody can say. What is known is printed in any
    case. Asks for no sign-in beyond the one that there is."""
    account = await sitting.signed_in()
    report = await use.look(sitting.tools, every_unit=arguments.units)
    if sitting.options.json:
        print(json.dumps(as_data(report, account), indent=2, ensure_ascii=False))
    else:
        print("\n".join(as_text(report, account)))
    for line in _needed(report):
        sitting.say(line)
    return _code(report)


def _code(report: StatusReport) -> int:
    if report.told:
        return 0
    unsure = (Probe.UNREACHABLE, Probe.UNKNOWN)
    return FAILED if report.refused is None and report.service.probe in unsure else ACT_FIRST


def _needed(report: StatusReport) -> list[str]:
    """Who has to do what, for people."""
    if isinstance(report.refused, CloudError):
        return [f"{report.refused.what} {advice(report.refused, keys=False)}".strip()]
    return [
        f"{item.what}. Who can help: {item.who}." for item in missing_of_service(report.service)
    ]
