"""`export`: the tenant's policies as a policy file, on standard output or on disk with long lists beside it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from m365backup_tui.domain.errors import ServiceOff
from m365backup_tui.domain.policy_file import PolicyFile
from m365backup_tui.domain.policy_file_writing import dump
from m365backup_tui.domain.session import Account
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.work import exporting, policy_file, policy_file_disk, updating


async def export(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0 when it was written. Asks for no sign-in beyond the one that there is; what that may not read is told."""
    named = "" if arguments.output is None else str(arguments.output)
    output = None if named in ("", "-") else Path(os.path.expanduser(named))  # noqa: ASYNC240 - no disk
    old = _old(output, arguments.update)
    account = await sitting.signed_in()
    if old is not None and (problem := policy_file.guard(old, account)):
        raise Usage.of([problem])
    try:
        found = await exporting.export(sitting.tools, account)
    except ServiceOff as error:
        raise SomebodyMustAct(
            "Microsoft 365 Backup is not turned on yet, so there are no policies to export. "
            "`apply` of a policy file prepares billing and prints what to do in the admin center."
        ) from error
    document: dict[str, object] = {"policies": len(found.file.policies)}
    if output is None:
        text = dump(found.file, _head(found, account))
        document |= {"policy_file": text, "csv": []}
        if not sitting.options.json:
            sys.stdout.write(text)
    elif old is not None:
        done = await updating.bring_up_to_date(sitting.tools, output, old, found)
        found = replace(found, remarks=(*found.remarks, *done.remarks))
        document |= _written(
            sitting, done.kept, "The file is as the tenant is" if not done.changed else ""
        )
    else:
        kept = await policy_file_disk.keep(output, found.file, _head(found, account))
        document |= _written(sitting, kept)
    for remark in found.remarks:
        sitting.say(f"Not in the file: {remark}")
    document["remarks"] = list(found.remarks)
    if sitting.options.json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0


def _head(found: exporting.Exported, account: Account) -> list[str]:
    return found.head(account.tenant_name or account.tenant_id)


def _old(output: Path | None, update: bool) -> PolicyFile | None:
    """The file that is to be brought up to date; None where a new one is written. Raises Usage."""
    if output is None:
        if update:
            raise Usage("--update: name the file to bring up to date with -o FILE.")
        return None
    if not os.path.lexists(output):
        return None
    if not update:
        raise Usage(
            f"-o {output}: it exists already. Choose another name, or bring it up to date with --update."
        )
    old = policy_file.load(output)
    if isinstance(old, PolicyFile):
        return old
    raise Usage.of(old)


def _written(sitting: Sitting, kept: policy_file_disk.Kept, words: str = "") -> dict[str, object]:
    """Says where it is; the part of the document about it."""
    beside = f" Beside it: {', '.join(one.name for one in kept.lists)}." if kept.lists else ""
    sitting.say(f"{words or 'The policies are in'}: {kept.path}.{beside}")
    if not sitting.options.json:
        print(kept.path)
    return {"file": str(kept.path), "csv": [str(one) for one in kept.lists]}
