"""Which certificate authorities are trusted: one verifying TLS context for all three SDKs (auth.md §4.5).

The context is put together by hand: `ssl.create_default_context` would write the keys of every connection to the file
that SSLKEYLOGFILE names, and lets SSL_CERT_FILE take the place of the system's store instead of adding to it.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from m365backup_tui.cloud.profiles import Profile
from m365backup_tui.domain.errors import Broken
from m365backup_tui.domain.settings import CERTIFI_CA, ENVIRONMENT, SYSTEM_CA, NetworkSettings

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
CA_FOLDER_VARIABLE = "SSL_CERT_DIR"
IN_THE_FILE = "[network] ca in settings.toml"

# Where distributions keep the store as one file, for a Python that was built elsewhere and looks in the wrong place
# (the list that Go's crypto/x509 tries).
_KNOWN_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True, slots=True)
class Source:
    """Authorities of one origin. `path`: a file or folder; None for the store of Windows itself."""

    named_by: str
    path: Path | None

    @property
    def is_folder(self) -> bool:
        """Whether OpenSSL has to find the certificates by their hashed names."""
        return self.path is not None and self.path.is_dir()


def tls_context(
    profile: Profile, environ: Mapping[str, str], network: NetworkSettings | None = None
) -> ssl.SSLContext:
    """A verifying context that trusts `sources`. Broken, naming who named it, for a file that cannot be read."""
    return context_of(sources(profile, environ, network))


def context_of(trusted: tuple[Source, ...]) -> ssl.SSLContext:
    """A verifying context that trusts these and nobody else. Broken for a file that cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies, and checks the name of the host
    # A file that holds only the authority between the root and the proxy does, as with curl.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    added: set[str] = set()
    for source in trusted:  # three variables often name the same file, and each reading takes 25 ms
        place = os.path.realpath(source.path) if source.path else ""
        if place not in added:
            _add(context, source)
        added.add(place)
    return context


def sources(
    profile: Profile, environ: Mapping[str, str], network: NetworkSettings | None = None
) -> tuple[Source, ...]:
    """The origins in force. A profile with its own authority trusts that alone, and what the settings and the
    environment add only if it says that it uses them."""
    wanted = (network or NetworkSettings()).ca
    own = () if profile.ca_file is None else (Source(profile.label, profile.ca_file),)
    if own and not profile.use_environment:
        return own
    if wanted == CERTIFI_CA:
        return (*own, certifi_source())
    if wanted == SYSTEM_CA:
        return (*own, system_source())
    store = own or (system_source(),)
    if wanted not in ("", ENVIRONMENT):
        return (*store, Source(IN_THE_FILE, Path(wanted).expanduser()))
    return (*store, *_named_by(environ)) if profile.use_environment else store


def system_source() -> Source:
    """The store of this system, or the one that requests ships where there is none (python.org on macOS)."""
    if sys.platform == "win32":
        return Source("the store of Windows", None)
    paths = ssl.get_default_verify_paths()  # those compiled in: not what SSL_CERT_FILE names
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    if file.is_file():
        return Source("the store of this system", file)
    if hashed(folder):
        return Source("the store of this system", folder)
    for name in _KNOWN_BUNDLES:
        if Path(name).is_file():
            return Source("the store of this system", Path(name))
    return certifi_source()


def certifi_source() -> Source:
    """The public authorities that come with the program (Mozilla's list)."""
    import certifi

    return Source("certifi, which comes with this program", Path(certifi.where()))


def hashed(folder: Path) -> bool:
    """Whether OpenSSL finds anything in this folder: it opens files with names such as `3513523f.0` only."""
    try:
        return any(one.suffix[1:].isdigit() and len(one.stem) == 8 for one in folder.iterdir())
    except OSError:
        return False


def _named_by(environ: Mapping[str, str]) -> Iterator[Source]:
    for name in CA_VARIABLES:
        if environ.get(name):
            yield Source(name, Path(environ[name]))
    for folder in environ.get(CA_FOLDER_VARIABLE, "").split(os.pathsep):
        if folder and Path(folder).is_dir():  # OpenSSL passes over one that is not there
            yield Source(CA_FOLDER_VARIABLE, Path(folder))


def _add(context: ssl.SSLContext, source: Source) -> None:
    if source.path is None:
        context.load_default_certs()
        return
    try:
        if source.is_folder:
            context.load_verify_locations(capath=source.path)
        else:
            context.load_verify_locations(cafile=source.path)
    except (OSError, ssl.SSLError) as error:
        away = (
            "Correct that line or delete it"
            if source.named_by == IN_THE_FILE
            else "Correct it or unset it"
        )
        raise Broken(
            f"{source.named_by} names a certificate file that cannot be read: {source.path}. {away}, and start again."
        ) from error
