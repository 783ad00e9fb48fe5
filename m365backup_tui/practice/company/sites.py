"""Makes the sites of the practice company, the home site first."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

from m365backup_tui.practice.company import names as words
from m365backup_tui.practice.company.identity import Identity
from m365backup_tui.practice.company.model import TODAY, Site
from m365backup_tui.practice.company.people import GIB, last_active, plain, random_guid, size_of

PROTECTABLE = {template: protectable for template, _, protectable in words.SITE_TEMPLATES}
_TEMPLATES = [template for template, _, _ in words.SITE_TEMPLATES]
_SHARES = [share for _, share, _ in words.SITE_TEMPLATES]

# Display name and user principal name.
Owner = tuple[str, str]


def sites(
    rng: random.Random,
    count: int,
    units: int | None,
    owner: Callable[[], Owner],
    identity: Identity,
) -> Iterator[Site]:
    """`count` sites; or, with `units`, as many as it takes until so many can be backed up."""
    # The plan is drawn before the sites are, so that a seed keeps its company.
    host = identity.sharepoint_host
    plan = [(identity.display_name, f"https://{host}", "Communication Site")]
    left = (units or 0) - 1
    while len(plan) < count if units is None else left > 0:
        plan.append(_planned(rng, len(plan) - 1, host))
        left -= PROTECTABLE[plan[-1][2]]
    for name, url, template in plan:
        yield _site(rng, identity, (name, url, template), owner())


def _planned(rng: random.Random, number: int, host: str) -> tuple[str, str, str]:
    department = words.DEPARTMENTS[number % len(words.DEPARTMENTS)]
    turn = number // len(words.DEPARTMENTS)
    subject = words.SITE_SUBJECTS[turn % len(words.SITE_SUBJECTS)]
    again = turn // len(words.SITE_SUBJECTS)
    name = f"{department} {subject}" + (f" {2019 + again}" if again else "")
    template = rng.choices(_TEMPLATES, _SHARES)[0]
    path = "teams" if template == "Team Site" else "sites"
    return name, f"https://{host}/{path}/{_slug(name)}", template


def _slug(name: str) -> str:
    return "".join(plain(word).capitalize() for word in name.split())


def _site(
    rng: random.Random, identity: Identity, planned: tuple[str, str, str], owner: Owner
) -> Site:
    name, url, template = planned
    collection, web = random_guid(rng, identity), random_guid(rng, identity)
    protectable = PROTECTABLE[template]
    return Site(
        id=f"{identity.sharepoint_host},{collection},{web}",
        collection_id=collection,
        web_id=web,
        name=name,
        web_url=url,
        template=template,
        protectable=protectable,
        bytes=size_of(rng, 5 * GIB, 1.9, 20 * 1024 * GIB) if protectable else 0,
        files=int(rng.lognormvariate(6.8, 1.6)) if protectable else 0,
        owner_name=owner[0],
        owner_upn=owner[1],
        created=TODAY - timedelta(days=rng.randrange(60, 2400)),
        last_activity=last_active(rng),
    )
