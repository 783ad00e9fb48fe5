"""What `--help`, the man page and the reference say of each command: what it does and needs, exit codes, examples.

Data alone: `arguments.py` says which options there are. Each example is run against the practice tenant by
tests/journeys/test_help_examples.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from m365backup_tui.parsing import wrapped

EXITS = {
    0: "done",
    1: "failed; the message says what, and what is untouched",
    2: "wrong usage, or an invalid file: every problem with its line",
    3: "somebody has to act first; the message says who and where",
    4: "there are changes",
    5: "partly done; `m365backup-tui resume` goes on",
    130: "interrupted; `m365backup-tui resume` goes on",
}
"""Every exit code, as promised to scripts (command-line page)."""


@dataclass(frozen=True, slots=True)
class Example:
    command: str
    says: str


@dataclass(frozen=True, slots=True)
class Page:
    """`short`: a line in the list of commands. `exits`: the codes that it ends with; a text where the general one says
    too little."""

    short: str
    does: str
    needs: str
    exits: dict[int, str]
    examples: tuple[Example, ...]

    @property
    def description(self) -> str:
        """What it does and needs, filled to the width of a help page."""
        return wrapped(f"{self.does}\n\nNeeds: {self.needs}")

    @property
    def epilog(self) -> str:
        """Exit codes and examples, as lines."""
        lines = ["exit codes:", *(f"  {code:<4} {text}" for code, text in self.told_exits())]
        lines += ["", "examples:"]
        for example in self.examples:
            lines += [f"  {example.command}", wrapped(example.says, "      ")]
        return "\n".join(lines)

    def told_exits(self) -> list[tuple[int, str]]:
        """Each code with its sentence."""
        return [(code, text or EXITS[code]) for code, text in self.exits.items()]


def _page(short: str, does: str, needs: str, exits: dict[int, str], *examples: str) -> Page:
    """`examples`: command and sentence in turn."""
    pairs = zip(examples[::2], examples[1::2], strict=True)
    return Page(short, does, needs, exits, tuple(Example(*pair) for pair in pairs))


_SIGNED_IN = (
    "a sign-in that is kept on this host (`m365backup-tui signin`), or a terminal to ask for one."
)
_READS = {0: "", 1: "", 2: "", 3: "", 130: "interrupted"}
_WRITES = {0: "", 1: "", 2: "", 3: "", 5: "", 130: ""}
_LOCAL = {0: "", 1: "", 2: ""}
_RUN = "m365backup-tui"

PROGRAM = _page(
    "set up and change Microsoft 365 Backup from a terminal",
    "Set up and change Microsoft 365 Backup from a terminal. Without a command: the wizard, which goes on where the "
    "last run of this tenant stopped.",
    "for the wizard a terminal of at least 80 by 24; for a command none.",
    dict.fromkeys(EXITS, ""),
    f"{_RUN} --practice",
    "the wizard, on a built-in practice tenant: no account is needed",
    f"{_RUN} apply tenant.yaml --practice --yes",
    "the same job from a file, rehearsed",
)

PAGES: dict[str, Page] = {
    "edit": _page(
        "quick edit: straight to the policies, or into one of them",
        "Opens the list of policies, or one policy. With --add, --remove, --add-from, --remove-from, --rename, "
        "--activate or --pause no screen is drawn: the change is planned, shown, and carried out after you agree.",
        f"Microsoft 365 Backup turned on; {_SIGNED_IN} Opening a screen needs a terminal.",
        _WRITES,
        f"{_RUN} edit exchange Finance",
        "open this policy",
        f"{_RUN} edit exchange Finance --add ana@contoso.com",
        "protect one mailbox more; asks before it writes",
        f"{_RUN} edit exchange Finance --remove-from leavers.csv --yes",
        "take out whom a list names, without asking",
    ),
    "check": _page(
        "what you may do, what is missing and who can grant it",
        "The readiness report: your roles in Microsoft Entra and Azure, billing, the state of the service, what is "
        "missing and who can grant it. Writes nothing.",
        _SIGNED_IN,
        {
            0: "nothing is missing",
            1: "",
            2: "",
            3: "something is missing; the report says what and who can grant it",
        }
        | {130: "interrupted"},
        f"{_RUN} check",
        "the report for people",
        f"{_RUN} check --json",
        "the same as one JSON document",
    ),
    "status": _page(
        "service status, policies, how many units are protected",
        "The state of the service, each policy, how many of its units are protected, and the latest restore point "
        "where that can be read. Writes nothing.",
        _SIGNED_IN,
        _READS,
        f"{_RUN} status",
        "the policies and their counts",
        f"{_RUN} status --coverage --json",
        "with the number of accounts, sites and mailboxes that no policy protects; reads everything",
    ),
    "doctor": _page(
        "this host: terminal, keyring, network, clock, settings; what to mend",
        "Looks at this host: terminal, locale, keyring, proxy, certificates, clock, state folder. Says what was found, "
        "what it means and what to do.",
        "nothing. Reaches out to Microsoft's sign-in and Graph, without an account.",
        {0: "nothing stands in the way", 1: "something does; the report says what to do", 2: ""},
        f"{_RUN} doctor",
        "the report for people",
        f"{_RUN} doctor --json",
        "the same as one JSON document",
    ),
    "export": _page(
        "the tenant's policies as a policy file",
        "Writes the tenant's policies as a policy file: to standard output, or to a file. `plan` of that file against "
        "the same tenant finds nothing to change.",
        f"Microsoft 365 Backup turned on; {_SIGNED_IN}",
        _READS,
        f"{_RUN} export > tenant.yaml",
        "everything in one file",
        f"{_RUN} export -o exported.yaml",
        "large lists become CSV files beside it",
    ),
    "plan": _page(
        "what `apply` would do; writes nothing to the tenant",
        "Compares a policy file with the tenant and shows what `apply` would write, what that means for people, and "
        "what it may cost. Writes nothing to the tenant. With --drift also every difference that `apply` leaves alone.",
        f"Microsoft 365 Backup turned on; {_SIGNED_IN}",
        {
            0: "nothing to change",
            1: "failed, or a saved plan that the tenant has moved on from",
            2: "",
            3: "",
            4: "",
        }
        | {130: "interrupted"},
        f"{_RUN} plan tenant.yaml",
        "what would be written",
        f"{_RUN} plan tenant.yaml --drift --json",
        "for a nightly check: any difference gives 4",
        f"{_RUN} plan tenant.yaml -o change.plan",
        "keep it, for somebody else to look at and apply",
    ),
    "apply": _page(
        "carry out a policy file: billing, policies, until they are protected",
        "Carries out a policy file, or a saved plan as it is. Shows everything first and asks. Every request is "
        "recorded before it is sent, so that an interrupted run can go on.",
        f"{_SIGNED_IN} Without a terminal --yes.",
        _WRITES,
        f"{_RUN} apply tenant.yaml",
        "shows the plan, asks, and writes",
        f"{_RUN} apply change.plan --yes",
        "a saved plan, without asking; refused where the tenant has moved on",
    ),
    "resume": _page(
        "go on with an interrupted run",
        "Goes on with a run that was interrupted: what was sent is looked up first, and nothing is sent twice. Without "
        "RUN the newest one of this tenant that can go on.",
        _SIGNED_IN,
        _WRITES | {0: "done, or nothing to go on with"},
        f"{_RUN} resume",
        "the newest interrupted run",
        f"{_RUN} resume --json",
        "the outcome as one JSON document",
    ),
    "runs": _page(
        "what was done, by whom, with which request ids",
        "The journal of this host: each run, or one of them in full, with the ids of its requests and whether its "
        "record was changed since.",
        "nothing: it reads this host's disk alone.",
        _LOCAL | {1: "a record is damaged or was changed; the message says which"},
        f"{_RUN} runs",
        "all runs, the newest first",
        f"{_RUN} runs --json",
        "the same as one JSON document",
    ),
    "signin": _page(
        "sign in without the wizard; what is kept serves every command",
        "Signs you in, by a code or through a browser, and keeps the sign-in for the commands that come after. With "
        "--keep it is kept there from now on, and what was kept elsewhere moves: in the keyring of the host; until you "
        "log out (Linux, 8 hours at most); with a passphrase, typed twice or read from --passphrase-file; or in memory "
        "only, which ends with each command. `accounts` says where it is.",
        "a terminal, and a browser somewhere; to move what is kept already, neither.",
        _READS | {2: "wrong usage, or a place that this host does not have (it says why)"},
        f"{_RUN} signin",
        "a code to type in a browser on any device",
        f"{_RUN} signin --way browser --another",
        "a second account, through a browser",
        f"{_RUN} signin --keep passphrase --passphrase-file passphrase",
        "for cron on a host without a keyring: later commands take the same file",
    ),
    "signout": _page(
        "forget a sign-in on this host",
        "Forgets the sign-in that is in use, the one named, or all. With --everywhere Microsoft Entra ends every "
        "sign-in of yours too.",
        "nothing; --everywhere needs to be signed in.",
        _READS,
        f"{_RUN} signout",
        "the one that is in use",
        f"{_RUN} signout --all",
        "every account of this host",
    ),
    "accounts": _page(
        "who is signed in on this host, and where that is kept",
        "Lists the accounts that are kept on this host, the one in use first, and where they are kept.",
        "nothing.",
        _LOCAL | {3: ""},
        f"{_RUN} accounts",
        "one account a line",
        f"{_RUN} accounts --json",
        "the same as one JSON document",
    ),
    "practice": _page(
        "the practice tenant on its own",
        "Serves the practice tenant for any client, starts it over, or lists the bad days that can be rehearsed. "
        "`practice serve --help` says which options serving has.",
        "nothing.",
        _LOCAL,
        f"{_RUN} practice serve --port 8443",
        "serve it until Ctrl+C; prints where it is as one line of JSON",
        f"{_RUN} practice scenarios",
        "the names that --scenario takes",
        f"{_RUN} practice reset",
        "start the wizard's practice tenant over",
    ),
    "schema": _page(
        "the JSON Schema of the policy file, or of what a command prints with --json",
        "Prints a JSON Schema: of the policy file, for your editor, or of what a command prints with --json, for your "
        "scripts. Without NAME: which ones there are.",
        "nothing.",
        {0: "", 2: ""},
        f"{_RUN} schema",
        "the names",
        f"{_RUN} schema policy-file > policy-file.schema.json",
        "for an editor that checks YAML",
    ),
    "completion": _page(
        "a script that lets the shell complete commands, options and names",
        "Prints a script for the shell. Load it where your shell starts; then Tab completes commands, options, runs, "
        "policies and files. The one for PowerShell was never run there (UNVERIFIED).",
        "nothing.",
        {0: "", 2: ""},
        f'eval "$({_RUN} completion bash)"',
        "in ~/.bashrc; for zsh the same with zsh, in ~/.zshrc after compinit",
        f"{_RUN} completion fish | source",
        "in ~/.config/fish/config.fish",
        f"{_RUN} completion powershell | Out-String | Invoke-Expression",
        "in the profile of PowerShell",
    ),
}
"""By command, in the order in which they are listed."""
