"""What the parser cannot know and the reference says: the variables of the environment, and the files."""

from __future__ import annotations

from m365backup_tui.twins import SWITCHES, VALUES, twin

_SAYS = {
    "practice": "Use the practice tenant.",
    "json": "One JSON document on standard output.",
    "yes": "Carry out the plan without asking.",
    "plain": "Linear text instead of a drawn screen.",
    "verbose": "Say more on standard error.",
    "no_color": "No colour.",
    "scenario": "Bad days to rehearse, with blanks or commas between them; goes with the practice tenant.",
    "state_dir": "The folder of answers, runs and tokens.",
    "tenant": "The tenant to sign in to: a domain.",
    "passphrase_file": "A file whose first line opens the kept sign-in. Yours or root's, and readable by nobody else "
    "(mode 600 or 400); or below $CREDENTIALS_DIRECTORY, where systemd puts the credentials of a service.",
}

TWINS = tuple((twin(name), _SAYS[name]) for name in (*SWITCHES, *VALUES))
"""The environment twins with what they do."""

OTHERS = (
    ("NO_COLOR", "No colour, if it is set and not empty."),
    ("HTTPS_PROXY, NO_PROXY", "The proxy, and what goes past it."),
    ("SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE", "Certificates to trust."),
    ("CREDENTIALS_DIRECTORY", "Set by systemd: where a service finds its credentials."),
    ("XDG_STATE_HOME", "Where the state folder is made on Linux, without --state-dir."),
)

ENVIRONMENT = (*TWINS, *OTHERS)

FILES = (
    (
        "~/.local/state/m365backup-tui",
        "The state folder on Linux: answers, the record of each run, and a sign-in that is kept, encrypted.",
    ),
)
