"""Faults on demand: what can go wrong, the switches, and the answers that go wrong.

Ids are those of reference/reliability-and-peers.md §6.4. Handlers ask `tenant.faults.due(id,
request)` or `tenant.faults.on(id)`; transport (T) and HTTP (H) faults are the server's own work.
"""

from m365backup_tui.practice.faults.catalogue import CATALOGUE
from m365backup_tui.practice.faults.known import Fault, Known
from m365backup_tui.practice.faults.reading import read_file, read_words
from m365backup_tui.practice.faults.switchboard import Faults

__all__ = ["CATALOGUE", "Fault", "Faults", "Known", "read_file", "read_words"]
