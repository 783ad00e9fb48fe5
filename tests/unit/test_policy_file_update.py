"""A policy file brought up to date: comments, order and quoting stay, and what is not concerned stays byte for byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.policy_file import Entry, PolicyFile, RuleEntry, Source, Wanted
from m365backup_tui.domain.policy_file_reading import parse
from m365backup_tui.domain.policy_file_update import same, update
from m365backup_tui.domain.policy_file_writing import as_data, dump
from m365backup_tui.domain.products import Product
from tests.unit.policy_files import policy_files

SITE = Product.SHAREPOINT
TEXT = """\
# Our backup, agreed on 2026-05-04.
version: 1

tenant: 'contoso.example' # the guard
policies:
    # the people first
    exchange:
    - name: "Mail"   # everybody
      state: active
      mailboxes:
      - "ann@x.example"  # the boss

      # new since May
      - bob@x.example
      - cyd@x.example
    -
      name: Others
      mailboxes: [dan@x.example, eve@x.example]  # two
    sharepoint:
      - {name: Sites, state: paused}
# the end
"""


def read(text: str) -> PolicyFile:
    found = parse(text, "f.yaml")
    assert isinstance(found, PolicyFile), found
    return found


def mail(file: PolicyFile, name: str = "Mail", **to: object) -> PolicyFile:
    """The file with one policy changed."""
    wishes = tuple(replace(w, **to) if w.name == name else w for w in file.policies)  # type: ignore[arg-type]
    return replace(file, policies=wishes)


def test_nothing_new_changes_no_byte() -> None:
    file = read(TEXT)
    assert update(TEXT, file) == TEXT
    backwards = replace(file, policies=tuple(reversed(file.policies)))
    assert update(TEXT, backwards) == TEXT
    louder = mail(file, units=tuple(Entry(e.address.upper()) for e in file.policies[1].units))
    assert update(TEXT, louder) == TEXT


def test_what_goes_takes_its_line_and_what_comes_stands_behind_the_others() -> None:
    file = mail(
        read(TEXT), units=(Entry("ann@x.example"), Entry("cyd@x.example"), Entry("new@x.example"))
    )
    expected = TEXT.replace("      - bob@x.example\n", "").replace(
        "      - cyd@x.example\n", "      - cyd@x.example\n      - new@x.example\n"
    )
    assert update(TEXT, file) == expected


def test_a_value_changes_in_its_place_and_a_new_key_comes_last() -> None:
    file = mail(read(TEXT), state=Wanted.PAUSED, rules=(RuleEntry(groups=("Sales",)),))
    rules = "      rules:\n        - groups:\n            - Sales\n"
    expected = TEXT.replace("state: active\n", "state: paused\n").replace(
        "      - cyd@x.example\n", f"      - cyd@x.example\n{rules}"
    )
    assert update(TEXT, file) == expected


def test_a_list_in_brackets_that_changes_is_written_as_lines() -> None:
    file = mail(read(TEXT), "Others", units=(Entry("dan@x.example"),))
    expected = TEXT.replace(
        "mailboxes: [dan@x.example, eve@x.example]  # two\n",
        "mailboxes:\n        - dan@x.example\n",
    )
    assert update(TEXT, file) == expected


def test_a_policy_that_goes_and_one_that_comes() -> None:
    file = read(TEXT)
    kept = [w for w in file.policies if w.name != "Others"]
    more = replace(file.policies[1], name="More", units=(), sources=(Source("more.csv"),))
    expected = TEXT.replace(
        "    -\n      name: Others\n      mailboxes: [dan@x.example, eve@x.example]  # two\n",
        "    - name: More\n      state: active\n      from: more.csv\n",
    )
    assert update(TEXT, replace(file, policies=(*kept, more))) == expected


def test_without_its_last_policy_a_service_goes() -> None:
    file = read(TEXT)
    kept = tuple(w for w in file.policies if w.name != "Sites")
    expected = TEXT.replace("    sharepoint:\n      - {name: Sites, state: paused}\n", "")
    assert update(TEXT, replace(file, policies=kept)) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_new_lines_end_as_the_others_do(end: str) -> None:
    text = TEXT.replace("\n", end)
    file = mail(read(text), units=(Entry("ann@x.example"), Entry("new@x.example")))
    found = update(text, file)
    assert found.count("\n") == found.count(end)
    assert read(found) == file


def test_a_text_that_is_one_line_is_written_anew_below_its_comments() -> None:
    text = "# Ours.\n{version: 1, policies: {exchange: [{name: Mail}]}}"
    file = mail(read(text), state=Wanted.PAUSED)
    assert update(text, file) == dump(file, ["Ours."])


def test_a_text_without_a_last_line_end_is_no_trouble() -> None:
    text = TEXT.rstrip("\n").removesuffix("# the end").rstrip("\n")
    file = mail(read(text), "Sites", state=Wanted.ACTIVE)
    assert same(as_data(read(update(text, file))), as_data(file))


def commented(file: PolicyFile) -> str:
    """Every line with a comment of its own and a blank line below it."""
    return "".join(f"{line}\n# {n}\n\n" for n, line in enumerate(dump(file).splitlines()))


@settings(max_examples=40, deadline=None)
@given(old=policy_files(), new=policy_files())
def test_whatever_it_becomes_the_text_says_it(old: PolicyFile, new: PolicyFile) -> None:
    text = commented(old)
    assert update(text, old) == text
    found = update(text, new)
    assert same(as_data(read(found)), as_data(new))


@settings(max_examples=40, deadline=None)
@given(old=policy_files(), data=some.data())
def test_no_comment_is_lost_while_units_and_states_change(
    old: PolicyFile, data: some.DataObject
) -> None:
    text = commented(old)
    wishes = []
    for n, wish in enumerate(old.policies):
        fresh = Entry(f"https://x.example/{n}" if wish.product is SITE else f"new{n}@x.example")
        kept = [e for e in wish.units[1:] if data.draw(some.booleans())]
        units = (*wish.units[:1], *kept, fresh)
        wishes.append(replace(wish, state=data.draw(some.sampled_from(Wanted)), units=units))
    new = replace(old, policies=tuple(wishes))
    found = update(text, new)
    assert same(as_data(read(found)), as_data(new))
    lines = found.splitlines()
    assert [n for n in range(len(dump(old).splitlines())) if f"# {n}" not in lines] == []
