"""What pages say of inclusion rules: the three ways to choose, a rule's state, what a rule would take now."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from m365backup_tui.domain.cost import size_words
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rule_preview import RulePreview
from m365backup_tui.domain.rules import Rule, RuleEnd, RuleWish
from m365backup_tui.screens.widgets.prose import Span

_NAMED = 3
"""Policies that a preview names; the rest is counted."""


class Way(StrEnum):
    """The three ways to say what a policy protects."""

    LIST = "list"
    ONCE = "once"
    STEP = "step"

    @property
    def words(self) -> str:
        return {"list": "Add by a list", "once": "Add by a rule that runs once"}.get(
            self, "Add by a rule that keeps in step"
        )


def way_short(way: Way) -> str:
    """One line for the list of ways."""
    return {"list": "what you tick", "once": "looked up one time"}.get(way, "looked up every day")


def way_meaning(way: Way, product: Product) -> str:
    """What the choice means for what comes later."""
    match way:
        case Way.LIST:
            return (
                f"You tick the {product.units} or import them. Nothing changes by itself: what "
                "is new tomorrow stays unprotected until somebody adds it."
            )
        case Way.ONCE if product is Product.SHAREPOINT:
            return (
                "The service looks once for sites whose name or address has your words, and "
                "protects them. A site made later is not protected until the rule is run again."
            )
        case Way.ONCE:
            return (
                "The service looks once who is in the groups, groups inside them too, and protects "
                "them. Who joins later is not protected, who leaves stays protected. The rule can be "
                "run again."
            )
        case _:
            return (
                "The service looks again about once a day. Who joins a group becomes protected. For "
                "who leaves, new backups stop. What it holds cannot be removed one by one. One such "
                "rule a policy, 6,000 people, no groups inside groups. A preview at Microsoft "
                "(Learn backup-view-edit-policies, 2026-08-21)."
            )


def no_steps(product: Product) -> str:
    """Why the product has no rules that keep in step; "" when it has."""
    if product is not Product.SHAREPOINT:
        return ""
    return "Microsoft has rules that keep in step for mailboxes and OneDrive only, not for sites."


def rule_counts(rules: Iterable[Rule | RuleWish]) -> str:
    """`1 keeps in step, 2 run once`; "" for none."""
    listed = tuple(rules)
    dynamic = sum(rule.dynamic for rule in listed)
    static = len(listed) - dynamic
    parts = [f"{dynamic} keep{'s' if dynamic == 1 else ''} in step"] if dynamic else []
    if static:
        parts.append(f"{static} run{'s' if static == 1 else ''} once")
    return ", ".join(parts)


def rule_marks(draft: Draft) -> str:
    """What a draft does with rules, for a narrow column: `+1 rule -1 rule`; "" for nothing."""
    parts = [f"+{_rules(len(draft.rules))}"] if draft.rules else []
    if draft.end_rules:
        parts.append(f"-{_rules(len(draft.end_rules))}")
    if draft.run_rules:
        parts.append(f"run {_rules(len(draft.run_rules))}")
    return " ".join(parts)


def rule_state(rule: Rule, draft: Draft) -> str:
    """What is wanted of a rule, or else how it is."""
    end = end_of(rule, draft)
    if end is not None:
        return "to end, units too" if end.unprotect else "to end, units stay"
    if any(run.rule.id == rule.id for run in draft.run_rules):
        return "to be run again"
    return rule.status.words


def rule_meaning(rule: Rule, draft: Draft) -> str:
    """All about one rule of the tenant, and what was asked of it."""
    words = f"{rule.words[:1].upper()}{rule.words[1:]}: {rule.status.words}."
    if rule.error or rule.error_code:
        words += f" The service says: {(rule.error or rule.error_code).rstrip('.')}."
    end = end_of(rule, draft)
    if end is not None and end.unprotect:
        return (
            f"{words} It is to be ended. For what only this rule holds new backups stop; backups "
            "made so far stay restorable and stay charged until they expire."
        )
    if end is not None:
        return (
            f"{words} It is to be ended. What it protects now stays in the policy, as if chosen "
            "by hand; nothing is added or taken away by itself any more."
        )
    return words


def end_of(rule: Rule, draft: Draft) -> RuleEnd | None:
    """How the draft ends this rule, if it does."""
    return next((end for end in draft.end_rules if end.rule.id == rule.id), None)


def why_busy(rule: Rule) -> str:
    """Why a rule can be neither ended nor run now; "" when it can."""
    if rule.status.over:
        return ""
    return f"The service says of this rule: {rule.status.words}. Press R in some minutes."


def preview_spans(preview: RulePreview, wish: RuleWish) -> list[Span]:
    """The counts, one a line, the number in front."""
    product = wish.product
    if not preview.matches and not preview.unsure and not preview.left_out:
        return [(f"Nothing matches among {_looked(preview, wish)}.\n", "warn")]
    size = f": {size_words(preview.size)}" if preview.size else ""
    if preview.unknown_sizes and preview.fresh:
        size += f"{' and' if size else ':'} {preview.unknown_sizes:,} of unknown size"
    tone = "ok" if preview.fresh else "plain"
    spans: list[Span] = [_line(preview.fresh, f"that no policy protects yet{size}", tone)]
    if preview.here:
        spans.append(_line(preview.here, "in this policy already"))
    spans += _elsewhere(preview)
    if preview.skipped:
        spans.append(_line(preview.skipped, "shared mailboxes: groups do not bring these", "warn"))
    if preview.unsupported:
        spans.append(_line(preview.unsupported, "that cannot be protected", "warn"))
    if preview.left_out:
        spans.append(_line(preview.left_out, f"members without {_one(product)}, left out", "dim"))
    if preview.unsure:
        spans.append(_line(preview.unsure, "of unknown last change: may match or not", "dim"))
    last, tone = spans.pop()
    return [*spans, (last.rstrip("\n"), tone)]


def looked_words(preview: RulePreview, wish: RuleWish) -> str:
    """What the counts rest on."""
    if wish.sites is not None:
        tail = "" if preview.complete else ", and the list is not whole yet"
        day = " A change is judged by the last activity in the usage report." * (
            wish.sites.changed_since is not None
        )
        return (
            f"Compared here with {preview.looked_at:,} known sites{tail}.{day} The service has "
            "its own list and decides when the rule runs."
        )
    tail = "" if preview.complete else ", still counting"
    return (
        f"{_people(preview.people)} with {_one(wish.product)} in the groups now{tail}. The service decides "
        "when the rule runs."
    )


def _elsewhere(preview: RulePreview) -> list[Span]:
    ordered = sorted(preview.elsewhere, key=lambda pair: -pair[1])
    spans = [
        _line(count, f"in “{name}”: a rule does not take them from there", "warn")
        for name, count in ordered[:_NAMED]
    ]
    rest = ordered[_NAMED:]
    if rest:
        count = sum(n for _, n in rest)
        others = "another policy" if len(rest) == 1 else f"{len(rest)} other policies"
        spans.append(_line(count, f"in {others}", "warn"))
    return spans


def _line(count: int, words: str, tone: str = "plain") -> Span:
    return (f"{count:>9,}  {words}\n", tone)


def _looked(preview: RulePreview, wish: RuleWish) -> str:
    if wish.sites is not None:
        return f"the {preview.looked_at:,} sites known here"
    return "the members of the groups"


def _one(product: Product) -> str:
    return {Product.EXCHANGE: "a mailbox", Product.ONEDRIVE: "a OneDrive"}.get(product, "a site")


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _rules(count: int) -> str:
    return f"{count} rule{'' if count == 1 else 's'}"
