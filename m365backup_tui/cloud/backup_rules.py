"""Inclusion rules through Microsoft Graph: the rules part of `ports.Backup`. Writes are sent once (rules R1, R2)."""

from __future__ import annotations

from m365backup_tui.cloud import rule_requests as requests
from m365backup_tui.cloud.graph_calls import Build, GraphCalls, Json
from m365backup_tui.cloud.profiles import SCOPES_APPLY, SCOPES_READ
from m365backup_tui.cloud.rule_values import rule_from
from m365backup_tui.domain.errors import OutcomeUnknown
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rules import Rule


class GraphRules:
    """What `GraphBackup` does with rules. Importing this module loads no SDK."""

    _calls: GraphCalls

    async def rules(self, product: Product, policy_id: str) -> tuple[Rule, ...]:
        """Every rule of a policy, without the names of its groups (`Directory.named_groups` has them)."""
        items = await self._calls.all(
            SCOPES_READ,
            lambda client: requests.rules_of(client, product, policy_id),
            "reading the rules of the policy",
        )
        return tuple(rule_from(item, product) for item in items)

    async def add_rule(
        self, product: Product, policy_id: str, expression: str, dynamic: bool
    ) -> tuple[Rule, str]:
        """(the new rule, request id). It starts by itself; an answer without its id is OutcomeUnknown."""
        answer, request_id = await self._write_rule(
            lambda client: requests.add(client, product, policy_id, expression, dynamic=dynamic),
            "adding the rule",
        )
        if not answer.get("id"):
            raise OutcomeUnknown(
                "The answer to adding the rule names no rule.", request_id=request_id
            )
        return rule_from(answer, product), request_id

    async def run_rule(self, product: Product, policy_id: str, rule_id: str) -> str:
        """Once more, for a static rule; a dynamic one runs by itself."""
        _, request_id = await self._write_rule(
            lambda client: requests.run(client, product, policy_id, rule_id),
            "running the rule again",
        )
        return request_id

    async def end_rule(
        self, product: Product, policy_id: str, rule_id: str, unprotect: bool
    ) -> str:
        """Without `unprotect` its units stay in the policy, held by hand from now on. With it (dynamic rules only)
        those that only it holds leave; that goes on after the answer."""
        build = requests.delete_and_unprotect if unprotect else requests.delete
        _, request_id = await self._write_rule(
            lambda client: build(client, product, policy_id, rule_id), "ending the rule"
        )
        return request_id

    async def _write_rule(self, build: Build, doing: str) -> tuple[Json, str]:
        return await self._calls.write(SCOPES_APPLY, build, doing)
