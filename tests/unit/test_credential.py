"""The credential: the right kind of token object, the right resource, errors passed on untouched."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest

from m365backup_tui.cloud.credential import SessionCredential, decode_claims
from m365backup_tui.cloud.profiles import SCOPES_APPLY, SCOPES_READ, Resource, global_profile
from m365backup_tui.domain.errors import Broken, StepUpNeeded

PROFILE = global_profile()
ARM = (PROFILE.arm_scope,)


class Source:
    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[tuple[Resource, tuple[str, ...], str | None]] = []
        self._error = error

    async def token(
        self,
        resource: Resource,
        scopes: Sequence[str],
        claims: str | None = None,
        *,
        fresh: bool = False,
    ) -> tuple[str, int]:
        self.asked.append((resource, tuple(scopes), claims))
        if self._error:
            raise self._error
        return "canary", 4_000_000_000


@pytest.mark.parametrize(
    ("scopes", "resource", "asked"),
    [
        ((), Resource.GRAPH, SCOPES_READ),
        (("https://graph.microsoft.com/.default",), Resource.GRAPH, SCOPES_READ),
        (("https://graph.microsoft.com/User.Read",), Resource.GRAPH, ("User.Read",)),
        (SCOPES_APPLY, Resource.GRAPH, SCOPES_APPLY),
        (("https://management.azure.com/.default",), Resource.ARM, ARM),
        (ARM, Resource.ARM, ARM),
    ],
)
async def test_scopes_choose_the_resource(
    scopes: tuple[str, ...], resource: Resource, asked: tuple[str, ...]
) -> None:
    source = Source()
    await SessionCredential(source, PROFILE, SCOPES_READ).get_token(*scopes)
    assert source.asked == [(resource, asked, None)]


async def test_no_token_for_anything_else() -> None:
    source = Source()
    with pytest.raises(Broken, match=r"vault\.azure\.net"):
        await SessionCredential(source, PROFILE, SCOPES_READ).get_token(
            "https://vault.azure.net/.default"
        )
    assert source.asked == []


async def test_both_forms_are_what_the_sdks_check_for() -> None:
    from azure.core.credentials import AccessToken, AccessTokenInfo

    source = Source()
    async with SessionCredential(source, PROFILE, SCOPES_READ) as credential:
        old = await credential.get_token(*ARM, claims="{}", enable_cae=True, tenant_id="t")
        new = await credential.get_token_info(*ARM, options={"claims": "{}"})
    assert isinstance(old, AccessToken)
    assert isinstance(new, AccessTokenInfo)
    assert (old.token, old.expires_on) == (new.token, new.expires_on) == ("canary", 4_000_000_000)
    assert source.asked == [(Resource.ARM, ARM, "{}")] * 2


async def test_what_a_person_has_to_do_goes_through_unchanged() -> None:
    needed = StepUpNeeded("Sign in again.", claims="{}")
    with pytest.raises(StepUpNeeded) as caught:
        await SessionCredential(Source(needed), PROFILE, SCOPES_READ).get_token(*ARM)
    assert caught.value is needed


async def test_the_graph_provider_serves_its_hosts_over_tls_only() -> None:
    source = Source()
    provider = SessionCredential(source, PROFILE, SCOPES_READ).graph_token_provider(
        ("graph.microsoft.com",), SCOPES_APPLY
    )
    assert await provider.get_authorization_token("https://graph.microsoft.com/v1.0/me") == "canary"
    assert source.asked == [(Resource.GRAPH, SCOPES_APPLY, None)]
    for url in (
        "http://graph.microsoft.com/v1.0/me",
        "https://graph.microsoft.com.evil.example/v1.0/me",
        "https://graph.microsoft.com@evil.example/",
        "https://localhost/",
    ):
        with pytest.raises(Broken):
            await provider.get_authorization_token(url)
    assert len(source.asked) == 1


@pytest.mark.parametrize("text", ["{}", '{"a":1}', '{"a":12}', '{"a":"ÿ?>"}'])
def test_claims_are_read_with_and_without_padding_and_in_both_alphabets(text: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(text.encode()).decode()
        assert decode_claims(encoded) == text
        assert decode_claims(encoded.rstrip("=")) == text


def test_claims_that_are_no_base64_are_an_error_in_words() -> None:
    with pytest.raises(Broken, match="fresh sign-in"):
        decode_claims("§§§")
