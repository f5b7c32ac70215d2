"""What one key file is used for: fingerprints of sessions that tell nothing, and files that only we can read."""

import base64
import hmac
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken

from yuqing.domain.errors import StoreError


class Seal:
    """Made from the secret key of an installation; each use has a key of its own, derived from it."""

    def __init__(self, key: bytes) -> None:
        self._marks = self._derive(key, b"session fingerprint")
        self._box = Fernet(base64.urlsafe_b64encode(self._derive(key, b"sealed file")))

    @staticmethod
    def _derive(key: bytes, use: bytes) -> bytes:
        return hmac.new(key, use, sha256).digest()

    def fingerprint(self, secret: str) -> str:
        """The same 16 signs for the same secret, from which nobody gets back to it; "" for none."""
        return hmac.new(self._marks, secret.encode(), sha256).hexdigest()[:16] if secret else ""

    def close(self, plain: bytes) -> bytes:
        """The sealed form."""
        return self._box.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises StoreError when it was not sealed with this key, or was damaged."""
        try:
            return self._box.decrypt(sealed)
        except InvalidToken:
            raise StoreError("文件无法解密：密钥已更换，或文件已损坏") from None
