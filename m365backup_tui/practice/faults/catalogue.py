"""Every fault by its id (reference/reliability-and-peers.md §6.4, the remote ones)."""

from m365backup_tui.practice.faults.known import Known
from m365backup_tui.practice.faults.known_azure import AZURE
from m365backup_tui.practice.faults.known_backup import BACKUP
from m365backup_tui.practice.faults.known_http import HTTP
from m365backup_tui.practice.faults.known_sign_in import SIGN_IN
from m365backup_tui.practice.faults.known_transport import TRANSPORT

CATALOGUE: dict[str, Known] = {
    known.id: known for known in (*TRANSPORT, *HTTP, *SIGN_IN, *AZURE, *BACKUP)
}
