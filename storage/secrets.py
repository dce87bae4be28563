"""Secrets of tenants, sealed so that the database alone does not tell them.

    sealed = length of the key's id (1 byte) | id | nonce (12) | AES-256-GCM (tag included)

Tenant and name are sealed in as associated data: a secret that is moved to another row of the
table does not open there.
"""

import base64
import binascii
import re
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12  # what GCM is specified for
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")


class KeyRingUnreadable(ValueError):
    """The text is no key ring; the sentence says where, never what stands there."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(f"key {place}: {reason} (expected id:base64-of-32-bytes, comma-separated)")


class SecretUnreadable(Exception):
    """A sealed secret does not open: its key is not in the ring, or it was sealed elsewhere."""

    def __init__(self, *, tenant: str, name: str, key_id: str, reason: str) -> None:
        super().__init__(f"secret {name} of {tenant}, sealed with the key {key_id!r}: {reason}")
        self.tenant = tenant
        self.name = name
        self.key_id = key_id


class KeyRing:
    """The first key seals, all open: a new key is put in front, and the old one stays behind it
    until `ringbook tenants apply` has sealed everything anew.
    """

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._sealing = next(iter(keys))

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64-of-32-bytes[,id2:...]`; raises KeyRingUnreadable."""
        keys: dict[str, bytes] = {}
        for place, entry in enumerate(text.split(","), start=1):
            key_id, key = _entry(place, entry.strip())
            if key_id in keys:
                raise KeyRingUnreadable(place, "an earlier key has the same id")
            keys[key_id] = key
        return cls(keys)

    def seal(self, plain: str, *, tenant: str, name: str) -> bytes:
        """Close a secret with the first key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        box = self._keys[self._sealing].encrypt(nonce, plain.encode(), _bound_to(tenant, name))
        key_id = self._sealing.encode()
        return bytes([len(key_id)]) + key_id + nonce + box

    def open(self, sealed: bytes, *, tenant: str, name: str) -> str:
        """The secret; raises SecretUnreadable."""
        key_id, nonce, box = _parts(sealed)
        if (key := self._keys.get(key_id)) is None:
            raise SecretUnreadable(
                tenant=tenant, name=name, key_id=key_id, reason="that key is not in the ring"
            )
        try:
            return key.decrypt(nonce, box, _bound_to(tenant, name)).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(
                tenant=tenant, name=name, key_id=key_id, reason="it was changed or moved"
            ) from error

    def seals_like(self, sealed: bytes) -> bool:
        """Whether this was sealed with the key that seals now."""
        return _parts(sealed)[0] == self._sealing


def new_key() -> str:
    """A fresh entry for a key ring."""
    key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    return f"{secrets.token_hex(4)}:{key}"


def _entry(place: int, entry: str) -> tuple[str, bytes]:
    key_id, colon, encoded = entry.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise KeyRingUnreadable(place, "no id before a colon")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise KeyRingUnreadable(place, "not base64") from None
    if len(key) != _KEY_BYTES:
        raise KeyRingUnreadable(place, f"{len(key)} bytes instead of {_KEY_BYTES}")
    return key_id, key


def _parts(sealed: bytes) -> tuple[str, bytes, bytes]:
    length = sealed[0] if sealed else 0
    key_id, rest = sealed[1 : 1 + length], sealed[1 + length :]
    return key_id.decode("ascii", "replace"), rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]


def _bound_to(tenant: str, name: str) -> bytes:
    return f"{tenant}\0{name}".encode()
