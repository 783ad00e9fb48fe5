"""The newer node: Billing > Pay-as-you-go with its billing policies and the Services tab
(admin-center.md §1.3)."""

from typing import Any

from m365backup_tui.practice.pages import choice, facts, field, form, hidden, note, paragraph, tick
from m365backup_tui.practice.portal.parts import (
    Page,
    Visitor,
    place_fields,
    place_of,
    require_terms,
    terms,
)
from m365backup_tui.practice.service import billing, billing_policies, billing_profiles
from m365backup_tui.practice.service.billing_budget import read_budget
from m365backup_tui.practice.service.billing_profiles import Profile

_PERIODS = [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")]


def _billing(visitor: Visitor) -> str:
    given = visitor.form
    name = given.get("policy_name") or given.get("policy") or billing.DEFAULT_POLICY_NAME
    budget = (
        "<details><summary>Budget (optional)</summary>"
        + paragraph("A budget sends mail. It stops nothing: only disconnecting ends the charges.")
        + field("Amount in USD", "budget_amount", given.get("budget_amount", ""), required=False)
        + choice("Reset period", "budget_period", _PERIODS, given.get("budget_period", "month"))
        + field(
            "Alerts at these percentages besides 100",
            "budget_alerts",
            given.get("budget_alerts", ""),
            required=False,
            hint="Up to four whole numbers from 1 to 99, as in 50, 80",
        )
        + "</details>"
    )
    inner = (
        f"{visitor.who}<p>You are {visitor.persona.name}.</p>"
        + field("Policy name", "policy_name", name)
        + place_fields(visitor)
        + paragraph("Users: all users (applied automatically for Backup).")
        + budget
        + terms()
    )
    return (
        "".join(_policy(visitor, one) for one in billing_profiles.policies(visitor.tenant).values())
        + _connect_newest(visitor)
        + form("/portal/billing", "Add a billing policy", inner, "Create policy")
    )


def _create(visitor: Visitor) -> str:
    require_terms(visitor)
    name = visitor.form.get("policy_name", "").strip() or billing.DEFAULT_POLICY_NAME
    budget = read_budget(visitor.form)
    billing.set_up(visitor.tenant, visitor.persona, "billing", *place_of(visitor), name, budget)
    return (
        f"New billing policy created: {name}. Billing is saved, but Microsoft 365 Backup is not on "
        "yet: connect it, that is the next step."
    )


def _connect(visitor: Visitor) -> str:
    require_terms(visitor)
    policy_id = visitor.form.get("policy_id")
    if policy_id:
        billing_policies.connect(visitor.tenant, visitor.persona, policy_id)
    else:
        billing.turn_on(visitor.tenant, visitor.persona)
    return "Done. Close this page and go back to the wizard: it looks until it sees the change."


def _delete(visitor: Visitor) -> str:
    billing_policies.delete(visitor.tenant, visitor.persona, visitor.form.get("policy_id", ""))
    return "The billing policy is deleted."


def _services(visitor: Visitor) -> str:
    policies = billing_profiles.policies(visitor.tenant)
    if not policies:
        return note("There is no billing policy yet: create one under Pay-as-you-go.")
    boxes = "".join(
        tick(f"{one['name']} ({one['resource_group']})", f"connect-{one['id']}", one["connected"])
        for one in policies.values()
    )
    told = paragraph(
        "A ticked policy is connected. Without any connected policy Backup is turned off, and "
        "after the grace period its backups are deleted."
    )
    return form("/portal/services", "Connection status", visitor.who + told + boxes, "Save")


def _save_services(visitor: Visitor) -> str:
    policies = billing_profiles.policies(visitor.tenant)
    wanted = {one: visitor.form.get(f"connect-{one}") == "yes" for one in policies}
    # Connecting goes first, so that exchanging one policy for another is no interruption.
    for policy_id in sorted(policies, key=lambda one: not wanted[one]):
        if wanted[policy_id] == policies[policy_id]["connected"]:
            continue
        act = billing_policies.connect if wanted[policy_id] else billing_policies.disconnect
        act(visitor.tenant, visitor.persona, policy_id)
    return "Saved."


def _connect_newest(visitor: Visitor) -> str:
    policies = list(billing_profiles.policies(visitor.tenant).values())
    if not policies:
        return note("Microsoft 365 Backup can be connected here once a billing policy is saved.")
    if any(one["connected"] for one in policies):
        return ""
    inner = (
        visitor.who
        + hidden({"policy_id": policies[-1]["id"]})
        + paragraph(f"Billing policy: {policies[-1]['name']}. The menu path is {_SERVICES}.")
        + terms()
    )
    action = "/portal/billing/turn-on"
    return form(action, "Connect your services", inner, "Connect to Microsoft 365 Backup")


def _policy(visitor: Visitor, policy: Profile) -> str:
    budget: dict[str, Any] | None = policy["budget"]
    rows = [
        ("Billing policy", policy["name"]),
        ("Subscription", policy["subscription_id"]),
        ("Resource group", policy["resource_group"]),
        ("Region", policy["region"]),
        ("Microsoft 365 Backup", "connected" if policy["connected"] else "not connected"),
    ]
    if budget is not None:
        alerts = ", ".join(f"{one} %" for one in budget["alerts"])
        rows.append(("Budget", f"USD {budget['amount']} a {budget['period']}, mail at {alerts}"))
    if policy["connected"]:
        return facts(rows)
    inner = visitor.who + hidden({"policy_id": policy["id"]}) + facts(rows)
    return form("/portal/billing/delete", f"Billing policy {policy['name']}", inner, "Delete")


_SERVICES = "Pay-as-you-go > Services > Microsoft 365 Backup > Billing policies"
PAGES = (
    Page(
        "billing",
        "Pay-as-you-go",
        "Billing (newer)",
        "Billing > Pay-as-you-go > Add a billing policy",
        _billing,
        {"": _create, "turn-on": _connect, "delete": _delete},
    ),
    Page(
        "services",
        "Microsoft 365 Backup: billing policies",
        "Services (newer)",
        _SERVICES,
        _services,
        {"": _save_services},
    ),
)
