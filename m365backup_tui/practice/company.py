"""Makes the practice company: a fictitious organisation, the same for the same seed and size.

Dates are relative to TODAY, a fixed day, so that two runs show the same company.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta

from m365backup_tui.practice import company_names as words
from m365backup_tui.practice.company_model import (
    DISPLAY_NAME,
    DOMAIN,
    MAIL_DOMAIN,
    ONEDRIVE_HOST,
    SHAREPOINT_HOST,
    TENANT_ID,
    TODAY,
    Company,
    Group,
    GroupKind,
    MailboxKind,
    Site,
    User,
    stable_guid,
)
from m365backup_tui.practice.personas import PERSONA_GROUPS, PERSONAS

__all__ = ["SIZES", "Company", "Group", "GroupKind", "MailboxKind", "Site", "User", "build_company"]

# users, sites
SIZES = {"small": (80, 24), "standard": (2400, 600), "large": (12000, 3000)}

GIB = 1024**3
MIB = 1024**2


def build_company(seed: int = 1, size: str = "standard") -> Company:
    """Make the company of this seed and size (a key of SIZES; KeyError otherwise)."""
    user_count, site_count = SIZES[size]
    rng = random.Random(seed)  # noqa: S311 - made-up people, not secrets
    personas = _persona_users()
    users = personas + _people(rng, user_count - len(personas))
    return Company(
        tenant_id=TENANT_ID,
        display_name=DISPLAY_NAME,
        domain=DOMAIN,
        mail_domain=MAIL_DOMAIN,
        sharepoint_host=SHAREPOINT_HOST,
        all_users=tuple(users),
        all_groups=tuple(_groups(rng, users, [user.id for user in personas])),
        all_sites=tuple(_sites(rng, site_count, users)),
    )


def _persona_users() -> list[User]:
    # The people one can sign in as are ordinary members of the company too.
    return [
        User(
            id=persona.oid,
            display_name=persona.name,
            upn=persona.upn,
            mail=f"{persona.upn.split('@')[0]}@{MAIL_DOMAIN}",
            given_name=persona.name.split()[0],
            surname=persona.name.split()[-1],
            department="IT Operations",
            job_title="Administrator",
            office="Oslo",
            mailbox_bytes=(number + 2) * 700 * MIB,
            mailbox_items=4000 + number * 311,
            drive_url=_drive_url(persona.upn),
            drive_site_id=stable_guid("drive", persona.oid),
            drive_bytes=(number + 1) * 900 * MIB,
            drive_files=700 + number * 57,
            last_activity=TODAY - timedelta(days=1),
            sku_id=words.SKUS[0][1],
        )
        for number, persona in enumerate(PERSONAS)
    ]


def _drive_url(upn: str) -> str:
    name = upn.lower().replace("@", "_").replace(".", "_")
    return f"https://{ONEDRIVE_HOST}/personal/{name}"


def _guid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(ch for ch in flat.lower() if ch.isalnum())


def _size(rng: random.Random, middle: float, spread: float, most: int) -> int:
    return min(int(rng.lognormvariate(0.0, spread) * middle), most)


def _active(rng: random.Random) -> date | None:
    if rng.random() < 0.04:
        return None
    return TODAY - timedelta(days=min(int(rng.expovariate(1 / 20)) + 1, 700))


def _people(rng: random.Random, count: int) -> list[User]:
    taken: dict[str, int] = {}
    rooms, shared = max(count // 60, 2), max(count // 25, 4)
    people = [_room(rng, number) for number in range(rooms)]
    people += [_shared(rng, number) for number in range(shared)]
    people += [_person(rng, taken) for _ in range(count - rooms - shared)]
    return people


def _room(rng: random.Random, number: int) -> User:
    office = words.OFFICES[number % len(words.OFFICES)]
    name = f"Room {office} {number // len(words.OFFICES) + 1}.{number % 7 + 1:02d}"
    address = f"{_plain(name)}@{MAIL_DOMAIN}"
    return User(
        id=_guid(rng),
        display_name=name,
        upn=address,
        mail=address,
        account_enabled=False,
        office=office,
        mailbox=MailboxKind.ROOM,
        mailbox_bytes=_size(rng, 40 * MIB, 0.6, GIB),
        mailbox_items=300,
    )


def _shared(rng: random.Random, number: int) -> User:
    subject = words.SHARED_MAILBOXES[number % len(words.SHARED_MAILBOXES)]
    office = words.OFFICES[number // len(words.SHARED_MAILBOXES) % len(words.OFFICES)]
    turn = number // (len(words.SHARED_MAILBOXES) * len(words.OFFICES))
    name = f"{subject} {office}{'' if not turn else f' {turn + 1}'}"
    address = f"{_plain(name)}@{MAIL_DOMAIN}"
    return User(
        id=_guid(rng),
        display_name=name,
        upn=address,
        mail=address,
        account_enabled=False,
        office=office,
        mailbox=MailboxKind.SHARED,
        mailbox_bytes=_size(rng, 6 * GIB, 1.1, 50 * GIB),
        mailbox_items=int(rng.lognormvariate(9, 1)),
        last_activity=_active(rng),
    )


def _person(rng: random.Random, taken: dict[str, int]) -> User:
    first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
    local = f"{_plain(first)}.{_plain(last)}"
    taken[local] = taken.get(local, 0) + 1
    if taken[local] > 1:
        local = f"{local}{taken[local]}"
    object_id, roll = _guid(rng), rng.random()
    if roll < 0.03:
        upn = f"{local}_adventure-works.example#EXT#@{DOMAIN}"
        return User(
            object_id,
            f"{first} {last} (guest)",
            upn,
            mail=f"{local}@adventure-works.example",
            user_type="Guest",
            mailbox=MailboxKind.NONE,
            last_activity=_active(rng),
            given_name=first,
            surname=last,
        )
    department, office = rng.choice(words.DEPARTMENTS), rng.choice(words.OFFICES)
    upn = f"{local}@{MAIL_DOMAIN}"
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
        mailbox_bytes=0 if hybrid else _size(rng, 3.2 * GIB, 1.0, 99 * GIB),
        mailbox_items=int(rng.lognormvariate(9, 0.8)),
        archive_bytes=_size(rng, 12 * GIB, 0.9, 400 * GIB) if rng.random() < 0.12 else None,
        drive_url=_drive_url(upn) if drive else None,
        drive_site_id=_guid(rng) if drive else None,
        drive_bytes=_size(rng, 4.5 * GIB, 1.5, 1024 * GIB) if drive else 0,
        drive_files=int(rng.lognormvariate(7.4, 1.2)) if drive else 0,
        last_activity=_active(rng),
        created=TODAY - timedelta(days=rng.randrange(60, 2400)),
        sku_id=_sku(rng),
        given_name=first,
        surname=last,
    )


def _sku(rng: random.Random) -> str:
    return rng.choices([sku[1] for sku in words.SKUS], [sku[2] for sku in words.SKUS])[0]


def _group(
    name: str, kind: GroupKind, members: Iterable[str], role_assignable: bool = False
) -> Group:
    mailed = kind is not GroupKind.SECURITY
    return Group(
        id=stable_guid("group", kind, name),
        display_name=name,
        kind=kind,
        members=tuple(dict.fromkeys(members)),
        mail=f"{_plain(name)}@{MAIL_DOMAIN}" if mailed else None,
        role_assignable=role_assignable,
    )


def _groups(rng: random.Random, users: list[User], persona_ids: list[str]) -> list[Group]:
    people = [user for user in users if user.user_type == "Member" and user.surname]
    shared = [user.id for user in users if user.mailbox is MailboxKind.SHARED]
    found: list[Group] = []
    for department in words.DEPARTMENTS:
        own = [user.id for user in people if user.department == department]
        leads = [key for key in own if rng.random() < 0.1]
        lead_group = _group(f"SG {department} leads", GroupKind.SECURITY, leads)
        found += [
            lead_group,
            # Nested on purpose: dynamic rules do not follow nested groups (graph.md §7).
            _group(f"SG {department}", GroupKind.SECURITY, [*own, lead_group.id]),
            _group(f"DL {department}", GroupKind.DISTRIBUTION, [*own, *rng.sample(shared, 2)]),
            _group(department, GroupKind.UNIFIED, own),
        ]
    for office in words.OFFICES:
        own = [user.id for user in people if user.office == office]
        found.append(_group(f"DL Everyone in {office}", GroupKind.DISTRIBUTION, own))
    by_name = {group.display_name: group.id for group in found}
    departments = [by_name[f"SG {department}"] for department in words.DEPARTMENTS]
    found += [
        _group("SG All staff", GroupKind.SECURITY, departments),
        _group("SG Shared mailboxes", GroupKind.SECURITY, shared),
        _group("SG Empty", GroupKind.SECURITY, []),
        _group("SG Administrators", GroupKind.SECURITY, persona_ids),
    ]
    found += [
        Group(
            id=group.id,
            display_name=group.display_name,
            kind=GroupKind.SECURITY,
            members=tuple(one.oid for one in PERSONAS if one.key in group.member_keys),
            role_assignable=group.role_assignable,
        )
        for group in PERSONA_GROUPS
    ]
    return found


def _sites(rng: random.Random, count: int, users: list[User]) -> list[Site]:
    owners = [user for user in users if user.user_type == "Member" and user.surname]
    templates = [entry[0] for entry in words.SITE_TEMPLATES]
    shares = [entry[1] for entry in words.SITE_TEMPLATES]
    protectable = {entry[0]: entry[2] for entry in words.SITE_TEMPLATES}
    home = (DISPLAY_NAME, f"https://{SHAREPOINT_HOST}", "Communication Site")
    plan = [home]
    for number in range(count - 1):
        department = words.DEPARTMENTS[number % len(words.DEPARTMENTS)]
        turn = number // len(words.DEPARTMENTS)
        subject = words.SITE_SUBJECTS[turn % len(words.SITE_SUBJECTS)]
        again = turn // len(words.SITE_SUBJECTS)
        name = f"{department} {subject}" + (f" {2019 + again}" if again else "")
        template = rng.choices(templates, shares)[0]
        path = "teams" if template == "Team Site" else "sites"
        url = f"https://{SHAREPOINT_HOST}/{path}/{_slug(name)}"
        plan.append((name, url, template))
    return [_site(rng, *entry, rng.choice(owners), protectable[entry[2]]) for entry in plan]


def _slug(name: str) -> str:
    return "".join(_plain(word).capitalize() for word in name.split())


def _site(
    rng: random.Random, name: str, url: str, template: str, owner: User, protectable: bool
) -> Site:
    collection, web = _guid(rng), _guid(rng)
    return Site(
        id=f"{SHAREPOINT_HOST},{collection},{web}",
        collection_id=collection,
        web_id=web,
        name=name,
        web_url=url,
        template=template,
        protectable=protectable,
        bytes=_size(rng, 5 * GIB, 1.9, 20 * 1024 * GIB) if protectable else 0,
        files=int(rng.lognormvariate(6.8, 1.6)) if protectable else 0,
        owner_name=owner.display_name,
        owner_upn=owner.upn,
        created=TODAY - timedelta(days=rng.randrange(60, 2400)),
        last_activity=_active(rng),
    )
