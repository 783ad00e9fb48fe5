"""Makes the people of the practice company: personas first, then rooms, shared mailboxes, staff.

Dates are relative to TODAY, a fixed day, so that two runs show the same company.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from m365backup_tui.practice.company import names as words
from m365backup_tui.practice.company.identity import Identity, everywhere
from m365backup_tui.practice.company.model import TODAY, MailboxKind, User
from m365backup_tui.practice.personas import personas_of

GIB = 1024**3
MIB = 1024**2


def _persona_users(identity: Identity) -> list[User]:
    # The people one can sign in as are ordinary members of the company too.
    return [
        User(
            id=persona.oid,
            display_name=persona.name,
            upn=persona.upn,
            mail=f"{persona.upn.split('@')[0]}@{identity.mail_domain}",
            given_name=persona.name.split()[0],
            surname=persona.name.split()[-1],
            department="IT Operations",
            job_title="Administrator",
            office="Oslo",
            mailbox_bytes=(number + 2) * 700 * MIB,
            mailbox_items=4000 + number * 311,
            drive_url=_drive_url(identity, persona.upn),
            drive_site_id=everywhere("drive", persona.oid),
            drive_bytes=(number + 1) * 900 * MIB,
            drive_files=700 + number * 57,
            last_activity=TODAY - timedelta(days=1),
            sku_id=words.SKUS[0][1],
        )
        for number, persona in enumerate(personas_of(identity).everybody)
    ]


def _drive_url(identity: Identity, upn: str) -> str:
    name = upn.lower().replace("@", "_").replace(".", "_")
    return f"https://{identity.onedrive_host}/personal/{name}"


def random_guid(rng: random.Random, identity: Identity) -> str:
    """A GUID from the seed, another one in each company."""
    text = f"{rng.getrandbits(128) ^ identity.salt:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    """ASCII letters and digits of the text, in lower case."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(ch for ch in flat.lower() if ch.isalnum())


def size_of(rng: random.Random, middle: float, spread: float, most: int) -> int:
    """A size in bytes around `middle`."""
    return min(int(rng.lognormvariate(0.0, spread) * middle), most)


def last_active(rng: random.Random) -> date | None:
    """A day before TODAY; None = never."""
    if rng.random() < 0.04:
        return None
    return TODAY - timedelta(days=min(int(rng.expovariate(1 / 20)) + 1, 700))


def people(rng: random.Random, count: int, units: int | None, identity: Identity) -> Iterator[User]:
    """Personas and `count` others; or, with `units`, as many as it takes until mailboxes and
    OneDrives that can be backed up are exactly that many (at least 40)."""
    staff = _persona_users(identity)
    rooms, shared = max(count // 60, 2), max(count // 25, 4)
    yield from staff
    for number in range(rooms):
        yield _room(rng, number, identity)
    for number in range(shared):
        yield _shared(rng, number, identity)
    taken: dict[str, int] = {}
    if units is None:
        for _ in range(count - rooms - shared):
            yield _person(rng, taken, identity)
        return
    left = units - 2 * len(staff) - shared
    while left > 0:
        person = _person(rng, taken, identity)
        if user_units(person) <= left:  # the last one may have to be somebody with one unit only
            left -= user_units(person)
            yield person


def user_units(user: User) -> int:
    """How many units of this user Microsoft 365 Backup can protect: mailbox, OneDrive."""
    mailbox = user.mailbox in (MailboxKind.USER, MailboxKind.SHARED) and not user.hybrid
    return mailbox + (user.drive_url is not None)


def _room(rng: random.Random, number: int, identity: Identity) -> User:
    office = words.OFFICES[number % len(words.OFFICES)]
    name = f"Room {office} {number // len(words.OFFICES) + 1}.{number % 7 + 1:02d}"
    address = f"{plain(name)}@{identity.mail_domain}"
    return User(
        id=random_guid(rng, identity),
        display_name=name,
        upn=address,
        mail=address,
        account_enabled=False,
        office=office,
        mailbox=MailboxKind.ROOM,
        mailbox_bytes=size_of(rng, 40 * MIB, 0.6, GIB),
        mailbox_items=300,
    )


def _shared(rng: random.Random, number: int, identity: Identity) -> User:
    subject = words.SHARED_MAILBOXES[number % len(words.SHARED_MAILBOXES)]
    office = words.OFFICES[number // len(words.SHARED_MAILBOXES) % len(words.OFFICES)]
    turn = number // (len(words.SHARED_MAILBOXES) * len(words.OFFICES))
    name = f"{subject} {office}{'' if not turn else f' {turn + 1}'}"
    address = f"{plain(name)}@{identity.mail_domain}"
    return User(
        id=random_guid(rng, identity),
        display_name=name,
        upn=address,
        mail=address,
        account_enabled=False,
        office=office,
        mailbox=MailboxKind.SHARED,
        mailbox_bytes=size_of(rng, 6 * GIB, 1.1, 50 * GIB),
        mailbox_items=int(rng.lognormvariate(9, 1)),
        last_activity=last_active(rng),
    )


def _person(rng: random.Random, taken: dict[str, int], identity: Identity) -> User:
    first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
    local = f"{plain(first)}.{plain(last)}"
    taken[local] = taken.get(local, 0) + 1
    if taken[local] > 1:
        local = f"{local}{taken[local]}"
    object_id, roll = random_guid(rng, identity), rng.random()
    if roll < 0.03:
        upn = f"{local}_adventure-works.example#EXT#@{identity.domain}"
        return User(
            object_id,
            f"{first} {last} (guest)",
            upn,
            mail=f"{local}@adventure-works.example",
            user_type="Guest",
            mailbox=MailboxKind.NONE,
            last_activity=last_active(rng),
            given_name=first,
            surname=last,
        )
    department, office = rng.choice(words.DEPARTMENTS), rng.choice(words.OFFICES)
    upn = f"{local}@{identity.mail_domain}"
    if roll < 0.05:  # no licence: no mailbox, no OneDrive
        return User(
            object_id,
            f"{first} {last}",
            upn,
            department=department,
            office=office,
            mailbox=MailboxKind.NONE,
            given_name=first,
            surname=last,
        )
    hybrid = roll < 0.065
    drive = rng.random() > 0.06
    return User(
        object_id,
        f"{first} {last}",
        upn,
        mail=upn,
        account_enabled=roll < 0.96,
        department=department,
        job_title=f"{department} {rng.choice(words.JOB_TITLES).lower()}",
        office=office,
        hybrid=hybrid,
        mailbox_bytes=0 if hybrid else size_of(rng, 3.2 * GIB, 1.0, 99 * GIB),
        mailbox_items=int(rng.lognormvariate(9, 0.8)),
        archive_bytes=size_of(rng, 12 * GIB, 0.9, 400 * GIB) if rng.random() < 0.12 else None,
        drive_url=_drive_url(identity, upn) if drive else None,
        drive_site_id=random_guid(rng, identity) if drive else None,
        drive_bytes=size_of(rng, 4.5 * GIB, 1.5, 1024 * GIB) if drive else 0,
        drive_files=int(rng.lognormvariate(7.4, 1.2)) if drive else 0,
        last_activity=last_active(rng),
        created=TODAY - timedelta(days=rng.randrange(60, 2400)),
        sku_id=_sku(rng),
        given_name=first,
        surname=last,
    )


def _sku(rng: random.Random) -> str:
    return rng.choices([sku[1] for sku in words.SKUS], [sku[2] for sku in words.SKUS])[0]
