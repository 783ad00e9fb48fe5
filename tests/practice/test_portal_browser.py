"""A real browser reads the practice admin center: everything is there without a script."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.practice.conftest import Controls
from tests.practice.northwind import SUB_PRODUCTION

Ready = dict[str, Any]
BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
# The practice authority is known to this test run only, so the browser cannot know it.
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--ignore-certificate-errors",
    "--dump-dom",
]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_shows_the_pages_with_what_the_link_brought(
    fresh_practice: Ready, controls: Controls, browser: requests.Session, tmp_path: Path
) -> None:
    assert BROWSER is not None
    link = f"billing?persona=global-admin&subscription={SUB_PRODUCTION}&group=rg-app-07"
    read = subprocess.run(
        [BROWSER, *OPTIONS, f"--user-data-dir={tmp_path}", fresh_practice["portal"] + link],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    ).stdout
    for words in ("Pay-as-you-go", "Policy name", "Azure subscription", "I accept the terms"):
        assert words in read
    assert f'<option value="{SUB_PRODUCTION}/rg-app-07" selected="">' in read
    assert "nothing here is real" in read
