"""`status`: the service, the policies and their units on standard output, as text or as one JSON document."""

from __future__ import annotations

import argparse
import json

from m365backup_tui.domain.readiness import missing_of_service
from m365backup_tui.domain.service import Probe
from m365backup_tui.domain.status import StatusReport
from m365backup_tui.headless.sitting import Sitting
from m365backup_tui.headless.status_document import as_data
from m365backup_tui.headless.status_text import as_text
from m365backup_tui.work import status as use
from m365backup_tui.work.messages import advice
from m365backup_tui.work.read_once import once

ACT_FIRST = 3
FAILED = 1


async def status(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0 when it could be told, 3 when somebody has to act first, 1 when nobody can say. What is known is printed in any
    case. Asks for no sign-in beyond the one that there is."""
    account = await sitting.signed_in()
    tools = once(sitting.tools)
    report = await use.look(tools, every_unit=arguments.units)
    data, text = as_data(report, account), as_text(report, account)
    if arguments.coverage and report.told:
        from m365backup_tui.headless import coverage

        counted = await coverage.read(sitting, tools)
        data |= {"coverage": coverage.as_data(counted)}
        text += ["", *coverage.as_text(counted)]
    if sitting.options.json:
        print(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        print("\n".join(text))
    for line in _needed(report, sitting.state.place.links.turn_on):
        sitting.say(line)
    return _code(report)


def _code(report: StatusReport) -> int:
    if report.told:
        return 0
    unsure = (Probe.UNREACHABLE, Probe.UNKNOWN)
    return FAILED if report.refused is None and report.service.probe in unsure else ACT_FIRST


def _needed(report: StatusReport, turn_on: str) -> list[str]:
    """Who has to do what, for people. `turn_on`: the admin center's page for it."""
    if report.refused is not None:
        return [f"{report.refused.what} {advice(report.refused, keys=False)}".strip()]
    found = missing_of_service(report.service)
    if found and report.service.probe is Probe.OFF:
        lead = "`apply` of a policy file and the wizard (`m365backup-tui`) lead there and say what to type"
        return [f"{found[0].what}. Turn on is at {turn_on}; {lead}."]
    return [f"{item.what}. Who can help: {item.who}." for item in found]
