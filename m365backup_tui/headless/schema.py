"""`schema`: the JSON Schemas of the policy file and of what commands print with --json; files of the package."""

from __future__ import annotations

import argparse
import json
from importlib import resources

from m365backup_tui.headless.sitting import Usage
from m365backup_tui.parsing import nearest

ENDING = ".json"


def schema(arguments: argparse.Namespace) -> int:
    """Prints one as it is, or lists them with a line each (as a JSON document with --json)."""
    if arguments.name:
        print(text_of(arguments.name), end="")
        return 0
    listed = {name: json.loads(text_of(name)) for name in names()}
    if arguments.json:
        document = [
            {"name": name, **{key: found.get(key, "") for key in ("title", "description")}}
            for name, found in listed.items()
        ]
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    width = max(len(name) for name in listed)
    for name, found in listed.items():
        print(f"{name:{width}}  {found['title']}")
    return 0


def names() -> list[str]:
    """Every schema of the package, by name."""
    files = (file.name for file in resources.files("m365backup_tui").joinpath("schemas").iterdir())
    return sorted(name.removesuffix(ENDING) for name in files if name.endswith(ENDING))


def text_of(name: str) -> str:
    """The schema as it stands in the package. Raises Usage, naming what is near, for a name that there is not."""
    known = names()
    wanted = name.removesuffix(ENDING)
    if wanted not in known:
        raise Usage(
            f"There is no schema {name}.{nearest(wanted, known)} There are: {', '.join(known)}."
        )
    file = resources.files("m365backup_tui").joinpath("schemas", f"{wanted}{ENDING}")
    return file.read_text(encoding="utf-8")
