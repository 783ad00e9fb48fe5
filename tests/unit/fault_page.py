"""docs/practice-faults.md, written from the catalogue: `python -m tests.unit.fault_page` writes it anew."""

from __future__ import annotations

from pathlib import Path

from m365backup_tui.practice.faults import CATALOGUE
from m365backup_tui.practice.faults.known import Known, Option
from m365backup_tui.practice.faults.operations import NAMED, SERVICES, WIDE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "practice-faults.md"
GROUPS = {
    "T": "The connection",
    "H": "The services",
    "A": "Signing in",
    "Z": "Azure",
    "B": "Microsoft 365 Backup",
}
HEAD = """# Faults of the practice tenant

Everything that can be made to go wrong, by id. This page is written from the practice tenant's own list by
`python -m tests.unit.fault_page`; a test notices when it is out of date.

## Switch one on

On the command line, as often as you like:

```sh
m365backup-tui practice serve --fault 'H1 operation=graph nth=3 retry_after=30'
```

From a file (YAML or JSON), `m365backup-tui practice serve --faults bad-day.yaml`:

```yaml
- {id: H1, operation: graph, nth: 3, retry_after: 30}
- {id: B2, for: PT5M}
```

While it runs, over `control` of the ready document (the answer has the `number` that `DELETE faults/NUMBER` takes;
`DELETE faults` switches all off; `GET faults` lists them and how often they struck):

```sh
curl --cacert "$(jq -r .ca_file ready.json)" "$(jq -r .control ready.json)faults" \\
  -d '{"id": "H1", "operation": "graph", "nth": 3, "retry_after": 30}'
```

In the wizard: `F9`, then `Enter` on the fault ([practice.md](practice.md)).

## When it strikes

| Option | Means |
|---|---|
| `operation` | which requests are meant: see the end of this page |
| `nth` | the nth such request, and that one alone; with `every`, `rate` or `times`: from the nth on |
| `every` | every so many; `true`: every nth |
| `rate` | 0 to 1: that share of the requests, the same ones in every run |
| `times` | so many times at most |
| `after`, `for` | begins after, and lasts for, this time of the tenant's clock, such as `PT5M` |

Without any of them it strikes every request that is meant. Faults marked *changes* mean requests that change
something, and reads only where `operation` names them (`operation=read-policy`).

Faults marked *lasting* are situations: they hold until they are switched off, take `after` and `for`, and with `nth`
begin with the nth request (of `operation`), such as `B8 operation=change-policy nth=3`; T1, T3 and T4 shut the door
behind that request. Choice: they take no `every`, `rate` or `times`, because a tenant is in a situation or is not. H2
and T12 take `operation` for the requests they are about.

A fault that found nothing to strike (an answer without a status for `H11`, a request that failed by itself for `H6`)
waits for the next one. Counts are kept with the tenant: what was to strike once does not strike again after a new
start.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for letter, title in GROUPS.items():
        rows = [_row(known) for known in CATALOGUE.values() if known.id[0] == letter]
        parts += [f"\n## {letter}: {title}\n", "| Id | What you see | Strikes | Own options |"]
        parts += ["|---|---|---|---|", *rows]
    parts.append("\n## Operations\n")
    services = ", ".join(f"`{name}`" for name in SERVICES)
    wide = "; ".join(f"`{name}` is {' or '.join(of)}" for name, of in WIDE.items())
    parts.append(f"A service: {services}. {wide[0].upper()}{wide[1:]}.")
    parts.append("Or `METHOD /path`, with `*` for any text, such as `GET */protectionUnits*`.")
    parts += ["Or one of these:\n", "| Operation | Requests |", "|---|---|"]
    parts += [f"| `{name}` | `{request}` |" for name, request in NAMED.items()]
    return "\n".join(parts) + "\n"


def _row(known: Known) -> str:
    own = "<br>".join(_option(option) for option in known.options) or " "
    marks = (", lasting" if known.lasting else "") + (", changes" if known.changing else "")
    strikes = known.operation + marks
    if known.times is not None:
        strikes += ", once" if known.times == 1 else f", {known.times} times"
    return f"| `{known.id}` | **{known.title}.** {known.says} | {strikes} | {own} |"


def _option(option: Option) -> str:
    value = str(option.usual).lower() if option.kind is bool else option.usual
    usual = "" if value is None else f" (usual: {value})"
    return f"`{option.name}`: {option.says}; {option.rule()}{usual}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
