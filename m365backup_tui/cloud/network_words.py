"""What a look at the way to a host showed, in sentences that end with what to do."""

from __future__ import annotations

from m365backup_tui.cloud.probing import Seen, Step

_EXPIRED, _NOT_YET = 10, 9  # X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID
_OTHER_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_WINDOWS_SIGN_IN = frozenset({"negotiate", "ntlm", "kerberos"})
# Who issues Microsoft's own certificates (Azure TLS pages of 2024; UNVERIFIED that nobody was added since): not
# trusting one of these means that this host lacks the public authorities.
_PUBLIC = ("DigiCert", "Microsoft Corporation", "Baltimore")


def sentence(seen: Seen) -> str:
    """What happened and what helps; "" when nothing is wrong."""
    match seen.step:
        case Step.THROUGH:
            return ""
        case Step.UNTRUSTED:
            return _certificate(seen)
        case Step.PROXY_SIGN_IN:
            return _proxy_sign_in(seen)
        case Step.PROXY_SAID_NO:
            return (
                f"The proxy {seen.proxy} did not let the connection to {seen.host} through (HTTP {seen.status}). "
                f"Ask whoever runs it to allow {seen.host}."
            )
        case _:
            return _connection(seen)


def _connection(seen: Seen) -> str:
    who = f"The proxy {seen.proxy}" if seen.at_proxy else seen.host
    through = f" (through the proxy {seen.proxy})" if seen.proxy and not seen.at_proxy else ""
    match seen.step:
        case Step.NAME:
            name = seen.proxy.rpartition(":")[0] or seen.proxy if seen.at_proxy else seen.host
            what = "proxy " if seen.at_proxy else ""
            return f"The name of the {what}host {name} cannot be resolved."
        case Step.ROUTE:
            return f"There is no way from this host to {'the proxy ' + seen.proxy if seen.at_proxy else seen.host}."
        case Step.REFUSED:
            return f"{who} refused the connection{through}."
        case Step.SILENT:
            return f"{who} did not answer in time{through}."
        case _:
            return f"{who} ended the connection before it was secure{through}."


def _certificate(seen: Seen) -> str:
    if seen.at_proxy:
        return (
            f"The certificate of the proxy {seen.proxy} is not trusted here ({seen.trouble}). "
            "Set SSL_CERT_FILE to the file with its authority's certificate and start again."
        )
    if seen.trouble_code in (_EXPIRED, _NOT_YET):
        when = "has expired" if seen.trouble_code == _EXPIRED else "is not valid yet"
        return (
            f"By the clock of this host the certificate for {seen.host} {when}. Check the clock first; "
            f"it was issued by {seen.issuer or 'an unknown authority'}."
        )
    if seen.trouble_code in _OTHER_NAME:
        return (
            f"Something else answers for {seen.host}: its certificate is for another host"
            f"{_by(seen)}. A sign-in page of the network may stand in between."
        )
    if any(name in seen.issuer for name in _PUBLIC):
        return (
            f"The certificate for {seen.host} was issued by {seen.issuer}, a public authority that this host does "
            'not know. Install the package ca-certificates, or set ca = "certifi" under [network] in settings.toml.'
        )
    if seen.issuer:
        return (
            f"The certificate for {seen.host} was issued by {seen.issuer}: your company's proxy re-signs TLS. "
            "Set SSL_CERT_FILE, or ca under [network] in settings.toml, to the file with that authority's "
            "certificate, and start again."
        )
    return (
        f"The certificate for {seen.host} is not trusted here. Behind a proxy that re-signs TLS, "
        "set SSL_CERT_FILE to its certificate."
    )


def _by(seen: Seen) -> str:
    return f" and was issued by {seen.issuer}" if seen.issuer else ""


def _proxy_sign_in(seen: Seen) -> str:
    if seen.schemes and set(seen.schemes) <= _WINDOWS_SIGN_IN:
        return (
            f"The proxy {seen.proxy} asks for a Windows sign-in (NTLM or Kerberos), which is not supported here. "
            "A small proxy on this host that signs in for you helps (cntlm, px): set HTTPS_PROXY to it. "
            f"Or ask for {seen.host} to be let through without a sign-in."
        )
    return (
        f"The proxy {seen.proxy} asks for a user name and a password, or does not take those it got. "
        f"Set HTTPS_PROXY to http://user:password@{seen.proxy} and start again."
    )
