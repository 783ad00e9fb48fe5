"""The one list of the policies page: what there is, what is new, what could be made, and why not."""

from __future__ import annotations

from collections.abc import Iterator

from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Policy, PolicyStatus
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.roles import Verdict
from m365backup_tui.screens.views.drafting import (
    amount_words,
    change_marks,
    change_words,
    draft_named,
)
from m365backup_tui.screens.views.rule_words import rule_marks
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.state import State

REVIEW = "review"
"""The id of the last row: go on to the review."""


def policy_rows(state: State) -> tuple[Row, ...]:
    """Every product in turn; ids are `policy:<id>`, `draft:<key>`, `new:<product>`, `none:<product>`, `review`."""
    rows = [row for product in ALL_PRODUCTS for row in _of_product(state, product)]
    if state.drafts:
        n = len(state.drafts)
        what = "Review 1 change" if n == 1 else f"Review {n} changes"
        rows.append(Row(REVIEW, ("", what, "Nothing is written yet"), tone="accent"))
    return tuple(rows)


def _of_product(state: State, product: Product) -> Iterator[Row]:
    reason = why_not_managed(state, product)
    label = product.label
    for policy in state.policies.value or ():
        if policy.product is product:
            yield _policy_row(state, policy, reason)
    read = state.policies.value
    known = {policy.id for policy in read or ()}
    for draft in state.drafts:
        if draft.product is product and draft.new:
            yield _draft_row(draft)
        elif draft.product is product and read is not None and draft.policy_id not in known:
            yield _orphan_row(draft)
    if reason:
        yield Row(f"none:{product}", (label, "cannot be managed", reason), disabled=reason)
    else:
        yield Row(f"new:{product}", (label, "New policy"))


def _policy_row(state: State, policy: Policy, reason: str) -> Row:
    draft = draft_named(state, f"{policy.product}:{policy.id}")
    # First what is to come: on narrow lists the end is cut off.
    state_now = f"to apply: {change_marks(draft)}; " if draft else ""
    return Row(
        f"policy:{policy.id}",
        (policy.product.label, policy.name, f"{state_now}{state_words(policy)}"),
        mark=_mark(policy),
        disabled=reason,
        tone="accent" if draft else "plain",
    )


def _draft_row(draft: Draft) -> Row:
    listed = amount_words(draft.product, draft.add) if draft.add or not draft.rules else ""
    held = ", ".join(part for part in (listed, rule_marks(draft)) if part)
    paused = ", stays paused" if draft.power is Power.KEEP else ""
    cells = (draft.product.label, draft.name, f"new: {held}{paused}")
    mark = "warn" if not draft.add else "current"
    return Row(f"draft:{draft.key}", cells, mark=mark, tone="accent")


def _orphan_row(draft: Draft) -> Row:
    cells = (draft.product.label, draft.old_name, "no longer there: X forgets your change")
    gone = "Somebody deleted this policy. X forgets what you wanted of it."
    return Row(f"draft:{draft.key}", cells, mark="no", disabled=gone)


def _mark(policy: Policy) -> str:
    failed = policy.counts.failed if policy.counts else 0
    if policy.status is PolicyStatus.ACTIVE and not failed:
        return "ok"
    return "warn" if failed or policy.status is PolicyStatus.ACTIVE_WITH_ERRORS else "dot"


def state_words(policy: Policy) -> str:
    """`active: 48 of 50, 2 failed`, short enough for a column; that it has errors the failures and the mark say."""
    if policy.status is PolicyStatus.ACTIVE_WITH_ERRORS and policy.counts and policy.counts.failed:
        return f"active: {counts_words(policy).replace(' protected', '')}"
    return f"{policy.status.words}: {counts_words(policy).replace(' protected', '')}"


def about(state: State, row_id: str | None) -> str:
    """All about the row under the cursor, for wide terminals; "" when the row says it all."""
    kind, _, rest = (row_id or "").partition(":")
    if kind == "policy":
        policy = next((p for p in state.policies.value or () if p.id == rest), None)
        draft = next((d for d in state.drafts if d.policy_id == rest), None)
        if policy is None:
            return ""
        head = f"{policy.product.label} “{policy.name}”\n\n{policy.status.words}\n{counts_words(policy)}"
        kept = f"\nKept: {policy.retention}" if policy.retention else ""
        waiting = f"\n\nTo be applied: {change_words(draft)}" if draft else ""
        return f"{head}{kept}{waiting}"
    if kind == "draft":
        draft = draft_named(state, rest)
        if draft is None:
            return ""
        names = "\n".join(unit.name for unit in draft.add[:12])
        more = f"\nand {len(draft.add) - 12:,} more" if len(draft.add) > 12 else ""
        return f"New: {amount_words(draft.product, draft.add)}\n\n{names}{more}"
    if kind == "none":
        return why_not_managed(state, Product(rest))
    return ""


def counts_words(policy: Policy) -> str:
    """`48 of 50 protected, 2 failed`; honest when the service did not say."""
    counts = policy.counts
    if counts is None:
        return "counts not given"
    if not counts.total:
        return f"no {policy.product.units}"
    if policy.status is PolicyStatus.INACTIVE:  # "0 of 3 protected" would read as a failure
        return f"{policy.product.amount(counts.total)}, no new backups"
    words = f"{counts.protected:,} of {counts.total:,} protected"
    return f"{words}, {counts.failed:,} failed" if counts.failed else words


def why_not_managed(state: State, product: Product) -> str:
    """Why this person cannot make policies of this product; "" when they can."""
    report = state.readiness.value
    if report is None:  # what was seen last may be looked at; the review waits for the check
        return "" if state.seen else "The permission check has not been made."
    match report.verdict(product):
        case Verdict.YES:
            return ""
        case Verdict.AFTER_ACTIVATION:
            return "Your role for it is eligible: activate it, then check permissions again."
        case _:
            return "None of your roles manages it: see the permission check."


def next_row(state: State, after: Product) -> str:
    """Where the cursor goes once a policy of `after` was made: the next product without one, else the review."""
    order = ALL_PRODUCTS[ALL_PRODUCTS.index(after) + 1 :]
    have = {p.product for p in state.policies.value or ()} | {d.product for d in state.drafts}
    for product in order:
        if product not in have and not why_not_managed(state, product):
            return f"new:{product}"
    return REVIEW if state.drafts else f"new:{after}"


def headline(state: State) -> str:
    """Where the person is and what now."""
    if state.drafts:
        one = len(state.drafts) == 1
        waiting = "1 change is waiting" if one else f"{len(state.drafts)} changes are waiting"
        return f"{waiting}: press V to review, or go on choosing."
    if state.policies.value:
        return "Choose a policy to change, or make a new one."
    if state.policies.error is not None:
        return "Your policies could not be read."
    if state.policies.value is None:
        return "Your policies are being read."
    return "Choose what to protect: press Enter on a product."
