"""Microsoft 365 Backup through Microsoft Graph: fulfils `ports.Backup`. Never calls serviceApps or enable.

Reads are repeated visibly (reads.py), writes are sent once (rules R1, R2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from m365backup_tui.cloud import backup_bulk as bulk
from m365backup_tui.cloud import backup_requests as requests
from m365backup_tui.cloud import backup_values as values
from m365backup_tui.cloud.backup_rules import GraphRules
from m365backup_tui.cloud.backup_units import GraphUnits
from m365backup_tui.cloud.graph_calls import Build, GraphCalls, Json
from m365backup_tui.cloud.graph_errors import is_locked, is_preparing
from m365backup_tui.cloud.notifications import GraphNotifications
from m365backup_tui.cloud.profiles import SCOPES_APPLY, SCOPES_CONTROL, SCOPES_READ
from m365backup_tui.domain.bulk import BulkJob
from m365backup_tui.domain.errors import (
    CloudError,
    Conflict,
    ConsentNeeded,
    Forbidden,
    Limit,
    NotController,
    NotSignedIn,
    OutcomeUnknown,
    Rejected,
    ServiceOff,
    SignInRefused,
    StepUpNeeded,
    Throttled,
    Unreachable,
)
from m365backup_tui.domain.limits import UNITS_PER_BULK_JOB, UNITS_PER_REQUEST
from m365backup_tui.domain.plan import UnitRef
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import ALL_PRODUCTS, Product
from m365backup_tui.domain.service import BackupService, Probe
from m365backup_tui.domain.units import ItemRefusal

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_service_client import GraphServiceClient

_SIGN_IN = (NotSignedIn, SignInRefused, StepUpNeeded)


class GraphBackup(GraphRules, GraphUnits, GraphNotifications):
    """Build it with the profile's `GraphCalls`. Importing this module loads no SDK."""

    def __init__(self, calls: GraphCalls) -> None:
        self._calls = calls
        self._root_is_closed = False

    def forget(self) -> None:
        """Another person asks from now on: what they may read is not known."""
        self._root_is_closed = False
        self._filters = self._large_pages = True

    async def probe(self) -> BackupService:
        """Read-only question: does the service answer, and what does it say of itself? Refusals are the answer here;
        only trouble with the sign-in is raised."""
        doing = "reading the backup policies"
        try:
            await self._calls.get(SCOPES_READ, lambda c: requests.all_policies(c, top=1), doing)
        except _SIGN_IN:
            raise
        except ServiceOff as error:
            told = await self._root()  # where it may be read, it tells why
            probe = told.probe if told.probe in (Probe.OFF, Probe.LOCKED) else _probe_of(error)
            return replace(told, probe=probe, said=error.what, request_id=error.request_id)
        except CloudError as error:
            return BackupService(_probe_of(error), said=error.what, request_id=error.request_id)
        return await self._root()

    async def policies(self) -> tuple[Policy, ...]:
        """Every policy that this person may see; a kind unknown to this version is left out."""
        doing = "reading the backup policies"
        try:
            items = await self._calls.all(SCOPES_READ, lambda c: requests.all_policies(c), doing)
        except Forbidden:
            return await self._policies_by_product()
        known = ((item, values.product_of(item)) for item in items)
        return tuple(values.policy_from(item, product) for item, product in known if product)

    async def policy(self, product: Product, policy_id: str) -> Policy:
        item = await self._calls.get(
            SCOPES_READ,
            lambda c: requests.policy(c, product, policy_id),
            f"reading the {product.label} policy",
        )
        return values.policy_from(item, product)

    async def create_policy(
        self, product: Product, name: str, units: Sequence[UnitRef]
    ) -> tuple[Policy, str]:
        """POST with at most 50 units. The new policy is paused; an answer without its id is OutcomeUnknown."""
        _check_number(len(units))
        doing = f"creating the {product.label} policy"
        answer, request_id = await self._write(
            lambda c: requests.create(c, product, name, units), doing
        )
        if not answer.get("id"):
            raise OutcomeUnknown(f"The answer to {doing} names no policy.", request_id=request_id)
        return values.policy_from(answer, product), request_id

    async def change_policy(
        self,
        product: Product,
        policy_id: str,
        *,
        name: str = "",
        add: Sequence[UnitRef] = (),
        remove: Sequence[UnitRef] = (),
    ) -> tuple[tuple[ItemRefusal, ...], str]:
        """One PATCH with at most 50 entries; what it refused item by item comes back, the rest was taken."""
        _check_number(len(add) + len(remove))
        if any(not unit.unit_id for unit in remove):
            raise Rejected("A unit to remove has no unit id: read the policy's units again.")
        answer, request_id = await self._write(
            lambda c: requests.change(c, product, policy_id, name, add, remove),
            f"changing the {product.label} policy",
        )
        sent = [(unit.key, unit.address) for unit in add]
        sent += [(unit.unit_id, unit.address) for unit in remove]
        return values.refusals_from(answer, product, sent), request_id

    async def add_in_bulk(
        self, product: Product, policy_id: str, name: str, units: Sequence[UnitRef]
    ) -> tuple[BulkJob, str]:
        """An answer without the job's id is OutcomeUnknown: the job is then looked for by its name."""
        if len(units) > UNITS_PER_BULK_JOB:
            raise Limit(
                f"A bulk addition job takes {UNITS_PER_BULK_JOB:,} units: these are {len(units):,}."
            )
        body = await asyncio.to_thread(bulk.body, product, name, [unit.key for unit in units])
        doing = f"starting a job that adds {product.units} to the policy"
        answer, request_id = await self._write(
            lambda c: bulk.start(c, product, policy_id, body), doing
        )
        if not answer.get("id"):
            raise OutcomeUnknown(f"The answer to {doing} names no job.", request_id=request_id)
        return bulk.job_from(answer), request_id

    async def bulk_job(self, product: Product, policy_id: str, job_id: str) -> BulkJob:
        item = await self._calls.get(
            SCOPES_READ,
            lambda c: bulk.one(c, product, policy_id, job_id),
            "reading how far the job is",
        )
        return bulk.job_from(item)

    async def bulk_jobs(self, product: Product, policy_id: str) -> tuple[BulkJob, ...]:
        items = await self._calls.all(
            SCOPES_READ, lambda c: bulk.jobs_of(c, product, policy_id), "reading the policy's jobs"
        )
        return tuple(bulk.job_from(item) for item in items)

    async def activate(self, product: Product, policy_id: str) -> str:
        _, request_id = await self._write(
            lambda c: requests.activate(c, policy_id), "activating the policy"
        )
        return request_id

    async def pause(self, product: Product, policy_id: str) -> str:
        _, request_id = await self._write(
            lambda c: requests.deactivate(c, policy_id), "pausing the policy"
        )
        return request_id

    async def delete_policy(self, product: Product, policy_id: str) -> str:
        """Only a paused policy; its units leave with it (graph.md §5)."""
        _, request_id = await self._write(
            lambda c: requests.delete(c, product, policy_id), "deleting the policy"
        )
        return request_id

    async def _write(self, build: Build, doing: str) -> tuple[Json, str]:
        return await self._calls.write(SCOPES_APPLY, build, doing)

    async def _policies_by_product(self) -> tuple[Policy, ...]:
        """The mixed list refused: ask product by product, and leave out what this person may not manage."""
        found: list[Policy] = []
        refused: list[Forbidden] = []
        for product in ALL_PRODUCTS:

            def build(client: GraphServiceClient, product: Product = product) -> RequestInformation:
                return requests.policies_of(client, product)

            try:
                items = await self._calls.all(
                    SCOPES_READ, build, f"reading the {product.label} policies"
                )
            except Forbidden as error:
                refused.append(error)
                continue
            found += [values.policy_from(item, product) for item in items]
        if len(refused) == len(ALL_PRODUCTS):
            raise refused[0]
        return tuple(found)

    async def _root(self) -> BackupService:
        """GET root: 403 for the default client (graph.md §1 item 3), so the policies' answer has to do; not asked
        twice once it was refused."""
        listed = BackupService(Probe.ANSWERS)
        if self._root_is_closed:
            return listed
        try:
            answer = await self._calls.get(
                SCOPES_CONTROL, lambda c: requests.root(c), "reading the state of the service"
            )
        except (Forbidden, ConsentNeeded, NotController):
            self._root_is_closed = True
            return listed
        except _SIGN_IN:
            return listed  # these scopes are an extra: the policies were read with the sign-in as it is
        except CloudError as error:  # on, locked or off: nobody can say now
            probe = _probe_of(error)
            return replace(listed, probe=probe, said=error.what, request_id=error.request_id)
        return values.service_from(answer)


def _probe_of(error: CloudError) -> Probe:
    match error:
        case ConsentNeeded():
            return Probe.NO_CONSENT
        case NotController():
            return Probe.NOT_CONTROLLER
        case ServiceOff():
            return Probe.LOCKED if is_locked(error) else Probe.OFF
        case Conflict() if is_preparing(error):
            return Probe.PREPARING
        case Forbidden():
            return Probe.NO_ROLE
        case Unreachable() | Throttled():
            return Probe.UNREACHABLE
        case _:
            return Probe.UNKNOWN


def _check_number(units: int) -> None:
    if units > UNITS_PER_REQUEST:
        raise Limit(f"A request may carry {UNITS_PER_REQUEST} units, this one has {units}.")
