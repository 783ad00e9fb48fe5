"""What the practice tenant acknowledged is on disk: after kill -9 at any moment, and when the disk refuses."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from m365backup_tui.practice.state import STATE_FILE
from tests.practice.conftest import Controls, start_practice, stop_practice, web_session
from tests.practice.signing_in import ARM_SCOPE, sign_in
from tests.practice.stored import area_on_disk

ROUNDS = 4
PATIENCE = 30.0  # seconds; a round takes one


class Writer(threading.Thread):
    """Creates resource groups one after another until the server is gone. `done`: what was acknowledged."""

    def __init__(self, ready: dict[str, Any], token: str, prefix: str) -> None:
        super().__init__(daemon=True)
        self._ready, self._token, self._prefix = ready, token, prefix
        self.done: list[str] = []
        self.enough = threading.Event()
        self.target = 0

    def run(self) -> None:
        subscription = self._ready["subscriptions"][0]["id"]
        with web_session(self._ready) as web:
            while True:
                name = f"{self._prefix}-{len(self.done)}"
                url = f"{self._ready['arm']}/subscriptions/{subscription}/resourcegroups/{name}"
                try:
                    answer = web.put(
                        url,
                        params={"api-version": "2025-04-01"},
                        json={"location": "westeurope"},
                        headers={"Authorization": f"Bearer {self._token}"},
                        timeout=PATIENCE,
                    )
                except requests.RequestException:
                    return
                if answer.status_code != 201:
                    return
                self.done.append(name)
                if len(self.done) >= self.target:
                    self.enough.set()


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_at_random(tmp_path: Path) -> None:
    chance = random.Random(365)
    acknowledged: list[str] = []
    token = ""
    for number in range(ROUNDS):
        server, ready = start_practice(tmp_path)
        controls = Controls(ready)
        try:
            token = token or sign_in(ready, controls, [ARM_SCOPE], client="arm")["access_token"]
            assert missing(acknowledged, tmp_path) == []
            writer = Writer(ready, token, f"rg-{number}")
            writer.target = chance.randint(1, 25)
            writer.start()
            assert writer.enough.wait(PATIENCE), "the writes were refused"
            threading.Event().wait(chance.random() / 100)  # anywhere inside the next few writes
            server.kill()
            writer.join(PATIENCE)
            assert not writer.is_alive()
            acknowledged += writer.done
        finally:
            controls.close()
            stop_practice(server)
        assert missing(acknowledged, tmp_path) == []
    assert len(acknowledged) >= ROUNDS


def missing(names: list[str], folder: Path) -> list[str]:
    """Those that the file on disk, which must be whole, does not have."""
    kept = json.dumps(area_on_disk(folder / "state", "arm")["resource_groups"])
    return [name for name in names if f'"{name}"' not in kept]


def test_what_cannot_be_saved_is_not_acknowledged_and_has_not_happened(tmp_path: Path) -> None:
    server, ready = start_practice(tmp_path)
    controls = Controls(ready)
    try:
        before = controls.call("GET", "state").text
        with closing(sqlite3.connect(tmp_path / "state" / STATE_FILE)) as other:
            other.execute("BEGIN IMMEDIATE")  # as good as a full disk, also for root
            answer = controls.call("POST", "clock", {"pace": 77})
            assert answer.status_code == 500
            assert "cannot save" in answer.json()["error"]
        assert controls.call("GET", "state").text == before, "in memory neither"
        assert controls.call("POST", "clock", {"pace": 77}).status_code == 200
        assert area_on_disk(tmp_path / "state", "clock")["pace"] == 77
    finally:
        controls.close()
        stop_practice(server)
