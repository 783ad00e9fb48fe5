"""The key that signs the practice tenant's tokens, kept in the state folder over a restart."""

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

KEY_FILE = "practice-signing-key.pem"
KEY_ID = "practice-1"
LEEWAY = 5  # seconds


class Signer:
    """Signs and checks JWTs with one RSA key."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key
        self._public = key.public_key()

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact RS256 token."""
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": KEY_ID})

    def read(self, token: str, now: float | None = None) -> dict[str, Any]:
        """The claims of a token of ours that is in its lifetime at `now`, seconds since 1970.

        Raises jwt.PyJWTError.
        """
        if not token.isascii():  # jwt would raise another error for bytes that are no UTF-8
            raise jwt.DecodeError("The token has characters that no token has.")
        # The times are checked below, against the service's clock and not this machine's.
        claims: dict[str, Any] = jwt.decode(
            token,
            self._public,
            algorithms=["RS256"],
            options={
                "verify_aud": False,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        now = time.time() if now is None else now
        start, end = claims.get("nbf"), claims.get("exp")
        if not isinstance(start, int) or not isinstance(end, int):
            raise jwt.InvalidTokenError("The token has no lifetime.")
        if end + LEEWAY <= now:
            raise jwt.ExpiredSignatureError("The token's lifetime is over.")
        if start - LEEWAY > now:
            raise jwt.ImmatureSignatureError("The token's lifetime has not begun.")
        return claims

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        numbers = self._public.public_numbers()
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "kid": KEY_ID,
                    "n": _unsigned(numbers.n),
                    "e": _unsigned(numbers.e),
                }
            ]
        }


def load_signer(folder: Path | None) -> Signer:
    """The key in `folder` (0600), made on first use; `folder` None makes one for this run."""
    if folder is None:
        return Signer(generate_private_key(65537, 2048))
    path = folder / KEY_FILE
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(f"{path} is not an RSA key.")
        return Signer(key)
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(pem)
    return Signer(key)


def compact(value: dict[str, Any]) -> str:
    """base64url JSON without padding: `client_info` and friends."""
    raw = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unsigned(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
