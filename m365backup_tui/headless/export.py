"""`export`: the tenant's policies as a policy file, on standard output or on disk with long lists beside it."""

from __future__ import annotations

import argparse
import json
import sys

from m365backup_tui.domain.errors import ServiceOff
from m365backup_tui.domain.policy_file_writing import dump
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.work import exporting, policy_file_disk


async def export(sitting: Sitting, arguments: argparse.Namespace) -> int:
    """0 when it was written. Asks for no sign-in beyond the one that there is; what that may not read is told."""
    output = arguments.output
    if output is None and arguments.update:
        raise Usage("--update: name the file to bring up to date with -o FILE.")
    if output is not None and output.expanduser().exists() and not arguments.update:
        raise Usage(
            f"-o {output}: it exists already. Choose another name, or bring it up to date with --update."
        )
    account = await sitting.signed_in()
    try:
        found = await exporting.export(sitting.tools, account)
    except ServiceOff as error:
        raise SomebodyMustAct(
            "Microsoft 365 Backup is not turned on yet, so there are no policies to export. "
            "`apply` of a policy file prepares billing and prints what to do in the admin center."
        ) from error
    for remark in found.remarks:
        sitting.say(f"Not in the file: {remark}")
    head = found.head(account.tenant_name or account.tenant_id)
    document: dict[str, object] = {"policies": len(found.file.policies)}
    if output is None:
        text = dump(found.file, head)
        document |= {"policy_file": text, "csv": []}
        if not sitting.options.json:
            sys.stdout.write(text)
    else:
        kept = await policy_file_disk.keep(output, found.file, head)
        document |= {"file": str(kept.path), "csv": [str(one) for one in kept.lists]}
        beside = f" Beside it: {', '.join(one.name for one in kept.lists)}." if kept.lists else ""
        sitting.say(f"The policies are in {kept.path}.{beside}")
        if not sitting.options.json:
            print(kept.path)
    document["remarks"] = list(found.remarks)
    if sitting.options.json:
        print(json.dumps(document, indent=2, ensure_ascii=False))
    return 0
