"""What the policy pages say, from values to words, without a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from m365backup_tui.domain.again import Again
from m365backup_tui.domain.azure import Registration
from m365backup_tui.domain.plan import Draft, Power
from m365backup_tui.domain.policies import Counts
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.run import Outcome, RunPhase
from m365backup_tui.domain.units import Candidate
from m365backup_tui.screens.again import again_spans
from m365backup_tui.screens.policies import stale
from m365backup_tui.screens.views import (
    drafting,
    finding,
    plan_words,
    policy_rows,
    run_progress,
    run_rows,
    run_words,
)
from m365backup_tui.state import Remote
from tests.screens import states_policies as s
from tests.screens.harness import NOW
from tests.screens.states_rules import ONCE


def test_a_free_name_avoids_policies_and_drafts_of_the_product_only() -> None:
    state = s.policies(drafts=(s.FRESH, replace(s.FRESH, name="onedrive 2")))
    assert drafting.free_name(state, Product.ONEDRIVE) == "OneDrive 3"
    assert drafting.free_name(state, Product.EXCHANGE) == "Exchange"


def test_a_renamed_policy_frees_its_old_name_and_takes_the_new_one() -> None:
    renamed = Draft(Product.ONEDRIVE, "All", "p-1", "Everyone")
    state = s.policies(policies=Remote(s.POLICIES, NOW), drafts=(renamed,))
    assert drafting.other_names(state, Product.ONEDRIVE, "") == ("All",)
    assert drafting.other_names(state, Product.ONEDRIVE, renamed.key) == ()


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ((), "no accounts yet"),
        ((s.ADELE,), "1 account, 41.2 GB"),
        ((s.NESTOR,), "1 account, size unknown"),
        ((s.ADELE, s.NESTOR), "2 accounts, 41.2 GB and 1 of unknown size"),
    ],
)
def test_amounts_never_guess_a_size(units: tuple[Candidate, ...], words: str) -> None:
    assert drafting.amount_words(Product.ONEDRIVE, units) == words


def test_a_change_is_said_in_short() -> None:
    draft = replace(s.CHANGED, name="All", power=Power.PAUSE)
    assert drafting.change_words(draft) == "+1 -1, call it “All”, pause"
    assert drafting.change_words(replace(s.FRESH, power=Power.KEEP)) == "+3, stays paused"
    gone = Draft(Product.ONEDRIVE, "Everyone", "p-1", "Everyone", power=Power.DELETE)
    assert drafting.change_words(gone) == drafting.change_marks(gone) == "delete"
    assert "deleted" in drafting.power_words(gone, s.EVERYONE)


def test_counts_that_the_service_did_not_give_are_not_made_up() -> None:
    assert policy_rows.counts_words(replace(s.EVERYONE, counts=None)) == "counts not given"
    assert policy_rows.counts_words(replace(s.EVERYONE, counts=Counts())) == "no accounts"


def test_the_cursor_goes_to_the_next_product_that_has_nothing_and_can_be_managed() -> None:
    assert policy_rows.next_row(s.policies(drafts=(s.FRESH,)), Product.ONEDRIVE) == "new:sharepoint"
    state = s.policies(policies=Remote((s.PROJECTS,), NOW), drafts=(s.FRESH,))
    assert policy_rows.next_row(state, Product.ONEDRIVE) == "new:exchange"
    assert (
        policy_rows.next_row(s.only_sharepoint(drafts=(s.FRESH,)), Product.SHAREPOINT) == "review"
    )


def test_policies_are_stale_only_when_missing_or_older_than_the_run() -> None:
    assert stale(s.policies(policies=Remote()))
    assert not stale(s.policies(policies=s.OFFLINE))
    assert not stale(s.policies(policies=Remote(since=NOW)))
    assert not stale(s.policies())
    later = replace(s.FINISHED, ended=NOW + timedelta(seconds=1))
    assert stale(s.policies(run=later))
    assert not stale(s.policies(run=replace(later, ended=NOW - timedelta(seconds=1))))


def test_the_review_says_what_was_written_before_it() -> None:
    assert "Azure" not in plan_words.before(s.review())
    prepared = s.review(prepared=Remote(Registration.REGISTERED, NOW))
    assert "Azure was prepared earlier" in plan_words.before(prepared)


def test_a_plan_that_removes_asks_for_each_name_and_then_for_the_word() -> None:
    assert plan_words.asks(s.plan_of(s.CHANGED)) == ("Everyone", "apply")
    assert plan_words.asks(s.plan_of(s.FRESH)) == ("apply",)


def test_what_all_changes_have_in_common_is_said_once() -> None:
    text = "".join(words for words, _ in plan_words.plan_spans(s.plan_of(s.FRESH, s.LEADERS), "!"))
    assert text.count("backups start after activation") == 1
    mixed = "".join(words for words, _ in plan_words.plan_spans(s.plan_of(s.FRESH, s.CHANGED), "!"))
    assert "each:" not in mixed
    assert mixed.count("backups start after activation") == 1


def test_restore_points_are_only_promised_when_something_is_added() -> None:
    removal = replace(s.CHANGED, add=())
    assert not plan_words.expects_points(s.plan_of(removal))
    assert plan_words.expects_points(s.plan_of(s.CHANGED))
    told = run_words.waiting(replace(s.WATCHING, plan=s.plan_of(removal)), NOW)
    assert "restore points" not in told
    assert "You may leave" in told


def test_a_site_is_told_by_its_path_and_a_plain_unit_by_its_last_use() -> None:
    site = replace(
        s.ADELE, product=Product.SHAREPOINT, address="https://contoso.sharepoint.com/sites/a"
    )
    assert finding.short_address(site.address) == "/sites/a"
    root = replace(site, address="https://contoso.sharepoint.com")
    assert finding.short_address(root.address) == "contoso.sharepoint.com"
    assert finding.note_of(replace(s.ADELE, kind="OneDrive"), {}) == "used 2026-11-19"
    assert finding.note_of(replace(s.ADELE, kind="shared mailbox"), {}) == "shared mailbox"


def test_no_added_unit_means_no_added_cost() -> None:
    removal = s.plan_of(replace(s.CHANGED, add=()))
    assert "; nothing is added to the monthly cost" in plan_words.totals(removal)


def test_a_new_policy_that_a_rule_fills_is_not_told_as_empty() -> None:
    def told(draft: Draft) -> str:
        rows = policy_rows.policy_rows(s.policies(drafts=(draft,)))
        return next(str(row.cells[2]) for row in rows if row.id == f"draft:{draft.key}")

    ruled = replace(s.FRESH, add=(), rules=(ONCE,))
    assert told(ruled) == "new: +1 rule"
    assert told(replace(ruled, rules=())) == "new: no accounts yet"
    assert told(replace(s.FRESH, rules=(ONCE,))).endswith(", +1 rule")


def test_an_undo_that_can_do_nothing_does_not_say_that_all_is_well() -> None:
    note = "A deletion cannot be undone."
    text = "".join(words for words, _ in again_spans(Again("r", undo=True, notes=(note,)), "!"))
    assert text.startswith("There is nothing that can be undone.")
    bare = "".join(words for words, _ in again_spans(Again("r", undo=True), "!"))
    assert bare.startswith("There is nothing to undo: the tenant does not need it.")


def test_leaving_promises_to_go_on_only_where_something_is_left_to_do() -> None:
    on = "the next start offers to go on"
    for run in (None, s.WRITING, s.WATCHING, s.STOPPED):
        assert on in run_words.leaving(run)
    for run in (s.FINISHED, s.PARTLY):
        assert run_words.leaving(run).startswith("This run has ended. What was written stands")
        assert on not in run_words.leaving(run)
    assert run_words.leaving(s.FAILED).startswith("Nothing was written.")


def test_progress_counts_requests_and_then_units() -> None:
    writing = run_progress.progress(s.WRITING, NOW)
    assert (writing.done, writing.total, writing.seconds) == (1, 2, 80)
    watching = run_progress.progress(s.WATCHING, NOW)
    assert (watching.done, watching.total, watching.phase) == (1, 3, "units protected")


def test_a_status_that_is_not_understood_is_never_ticked() -> None:
    odd = replace(s.NEW_POLICY, status=type(s.NEW_POLICY.status).UNKNOWN)
    rows = run_rows.run_rows(replace(s.WATCHING, watched=(odd,)))
    assert [row.mark for row in rows if row.id == "watch:p-9"] == ["current"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_mark_and_words(outcome: Outcome) -> None:
    row = run_rows.run_rows(s.run_at(RunPhase.WRITING, outcome))[0]
    assert row.mark
    assert row.cells[1]


@pytest.mark.parametrize("phase", list(RunPhase))
def test_every_phase_has_a_headline(phase: RunPhase) -> None:
    assert run_words.headline(s.run_at(phase, Outcome.DONE)).endswith(".")


def test_what_is_to_be_known_of_the_lock_stands_below_the_run() -> None:
    run = replace(s.FINISHED, remarks=("Taken over from ada on jump1.",))
    rows = run_rows.run_rows(run)
    assert rows[len(rows) - 1].cells == ("Taken over from ada on jump1.",)
    assert run_rows.in_full(run, "remark:0") == "Taken over from ada on jump1."
