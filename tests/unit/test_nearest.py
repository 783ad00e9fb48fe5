"""What was probably meant: words of a fixed list, names and addresses."""

from __future__ import annotations

import pytest

from m365backup_tui.domain.nearest import did_you_mean, nearest, nearest_word

OPTIONS = ["--state-dir", "--json", "--practice"]
PEOPLE = ["adele.vance@contoso.com", "adele.vance@fabrikam.com", "https://contoso/sites/Legal"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("--statedir", "--state-dir"),
        ("STATE_DIR", "--state-dir"),
        ("--practise", "--practice"),
        ("--zzz", ""),
        ("", ""),
    ],
)
def test_a_word_is_guessed_whatever_its_hyphens_and_case(word: str, meant: str) -> None:
    assert nearest_word(word, OPTIONS) == meant


def test_an_address_is_told_apart_by_its_own_part() -> None:
    assert nearest("adele.vanse@fabrikam.com", PEOPLE)[0] == "adele.vance@fabrikam.com"
    assert nearest("https://contoso/sites/Leagl", PEOPLE) == ["https://contoso/sites/Legal"]
    assert nearest("nobody@contoso.com", PEOPLE) == []
    assert nearest("", PEOPLE) == []


def test_a_sentence_only_with_a_guess() -> None:
    assert did_you_mean("Finanze", ["Finance"]) == " Did you mean “Finance”?"
    assert did_you_mean("Sales", ["Finance"]) == ""


def test_nobody_is_told_what_they_wrote() -> None:
    assert nearest("Finance", ["Finance"]) == []
