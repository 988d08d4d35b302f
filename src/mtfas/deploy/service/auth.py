"""Who may ask: API keys from a file, compared in constant time and kept as digests only."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mtfas.deploy.service.refusals import Refused
from mtfas.errors import BadFile

SHORTEST = 16
"""Characters of a key; shorter ones can be guessed."""

LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,64})\s*[:=]\s*(?P<key>[!-~]+)")


@dataclass(frozen=True)
class Keys:
    """Names and SHA-256 digests of the keys; none means that everybody may ask."""

    digests: Mapping[str, bytes]

    @property
    def needed(self) -> bool:
        """Whether a request must carry a key."""
        return bool(self.digests)

    def name_of(self, given: str | None) -> str | None:
        """Return the name of a request's key; None where no keys are configured.

        Every digest is compared, each in constant time, so the time taken says nothing of the keys.

        Raises:
            Refused: 401, the key is missing or unknown.
        """
        if not self.needed:
            return None
        if not given:
            raise Refused("no_key", "An API key is needed; send it in the header X-Api-Key.")
        digest = hashlib.sha256(given.encode()).digest()
        found = [name for name, known in self.digests.items() if hmac.compare_digest(known, digest)]
        if not found:
            raise Refused("wrong_key", "The API key is not known here; ask for one, or check what you sent.")
        return found[0]


def read_keys(path: Path | None) -> Keys:
    """Read a file of lines "NAME: KEY"; empty lines and those that start with # are passed over.

    Raises:
        BadFile: it cannot be read, holds no key, a line is no pair, a name comes twice, or a key is short.
    """
    if path is None:
        return Keys({})
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read as a file of API keys ({type(error).__name__}).") from error
    digests: dict[str, bytes] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line and not line.startswith("#"):
            name, key = _pair(line, f"line {number} of {path}")
            if name in digests:
                raise BadFile(f"line {number} of {path} names '{name}' again; give every key its own name.")
            digests[name] = hashlib.sha256(key.encode()).digest()
    if not digests:
        raise BadFile(f"{path} holds no API key; write one a line as 'NAME: KEY'.")
    return Keys(digests)


def key_of(headers: Mapping[str, str]) -> str | None:
    """Return what a request gives as its key: X-Api-Key, or Authorization: Bearer."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (token.strip() if kind.lower() == "bearer" else None)


def _pair(line: str, where: str) -> tuple[str, str]:
    found = LINE.fullmatch(line)
    if found is None:
        raise BadFile(f"{where} is not 'NAME: KEY' (a name of letters, digits, . _ -; a key without spaces).")
    if len(found["key"]) < SHORTEST:
        raise BadFile(f"the key in {where} is shorter than {SHORTEST} characters; make a longer one.")
    return found["name"], found["key"]
