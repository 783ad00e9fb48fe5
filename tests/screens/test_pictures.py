"""The README's pictures: as the app looks now, one for every step, and nothing fetched by whoever opens one."""

from __future__ import annotations

import re

import pytest

from m365backup_tui.steps import STEPS
from tests.pictures import FOLDER, PICTURES, draw, file_of

AGAIN = "run `python -m tests.pictures` and look at docs/pictures before you commit"


@pytest.mark.parametrize("name", PICTURES)
async def test_a_picture_shows_the_page_as_it_is_now(name: str) -> None:
    same = file_of(name).read_text(encoding="utf-8") == await draw(name)
    assert same, f"{file_of(name).name} is out of date: {AGAIN}"


def test_there_is_a_picture_of_every_step_and_none_too_many() -> None:
    shown = {picture.state().at for picture in PICTURES.values()}
    assert shown == {step.id for step in STEPS}
    assert {file.stem for file in FOLDER.glob("*.svg")} == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fetches_nothing(name: str) -> None:
    svg = file_of(name).read_text(encoding="utf-8")
    fetched = re.findall(r"""(?:url\(|href=)["']?(?!#)[^"')]*""", svg)
    assert not fetched


def test_the_readme_shows_every_step() -> None:
    readme = (FOLDER.parent.parent / "README.md").read_text(encoding="utf-8")
    for name in PICTURES:
        assert f"docs/pictures/{name}.svg" in readme
