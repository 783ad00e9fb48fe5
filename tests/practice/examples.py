"""How many examples the generated tests take: few in the ordinary suite, more at night.

M365BACKUP_TUI_EXAMPLES=50 pytest tests/practice/test_schemathesis.py tests/practice/test_never_a_server_error.py
"""

import os

DEFAULT = 4
EXAMPLES = int(os.environ.get("M365BACKUP_TUI_EXAMPLES", DEFAULT))
