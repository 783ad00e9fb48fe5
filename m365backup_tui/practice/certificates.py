"""The practice tenant's certificates: the good one, and those a careful client must refuse (T3)."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

NAMES = ("localhost", "127.0.0.1", "::1")


class Certificates:
    """A new authority every start, trusted by nobody but who reads `ca_file`.

    `wrong` tells which wrong certificate new connections get, None for the good one.
    """

    def __init__(self, ca_file: Path, wrong: Callable[[], str | None]) -> None:
        self._authority = trustme.CA(organization_name="m365backup-tui practice tenant")
        self._wrong = wrong
        self._made: dict[str, ssl.SSLContext] = {}
        scratch = ca_file.with_suffix(".new")
        scratch.write_bytes(self._authority.cert_pem.bytes())
        scratch.chmod(0o600)
        scratch.replace(ca_file)

    def good(self) -> ssl.SSLContext:
        """For connections that are never struck: the controls."""
        return _context(self._authority.issue_cert(*NAMES))

    def service(self) -> ssl.SSLContext:
        """For the services: every new connection gets the good certificate or the wrong one."""
        context = self.good()

        def choose(connection: ssl.SSLObject, name: str | None, usual: ssl.SSLContext) -> None:
            variant = self._wrong()
            if variant is not None:
                connection.context = self._wrong_context(variant)

        context.sni_callback = choose  # asked for connections that name no host as well
        return context

    def _wrong_context(self, variant: str) -> ssl.SSLContext:
        if variant not in self._made:
            if variant == "name":
                bad = self._authority.issue_cert("elsewhere.invalid")
            elif variant == "expired":
                bad = self._authority.issue_cert(
                    *NAMES, not_after=datetime.now(UTC) - timedelta(days=1)
                )
            else:
                bad = trustme.CA(organization_name="An authority nobody knows").issue_cert(*NAMES)
            self._made[variant] = _context(bad)
        return self._made[variant]


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate.configure_cert(context)
    return context
