"""Deterministic ids, values and time."""

import random
import time
import uuid

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class Identity:
    """Ids that follow from the seed alone: the same name, the same id."""

    def __init__(self, seed: int) -> None:
        self.namespace = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:fake-xo:{seed}")
        self.random = random.Random(seed)  # noqa: S311 - values to look at, no secrets
        self._fresh = 0

    def uuid(self, kind: str, name: object) -> str:
        """The id of the thing of that kind and name."""
        return str(uuid.uuid5(self.namespace, f"{kind}/{name}"))

    def ref(self, kind: str, name: object) -> str:
        """The XAPI reference of the same thing."""
        return "OpaqueRef:" + self.uuid(f"ref {kind}", name)

    def fresh(self, kind: str) -> str:
        """An id for something made while the fake runs."""
        self._fresh += 1
        return self.uuid(f"new {kind}", self._fresh)

    def task(self, now: int) -> str:
        """A task id, shaped like XO's: time and noise in base 36."""
        noise = "".join(self.random.choices(ALPHABET, k=11))
        return f"0{base36(now)}-{noise}"

    def mac(self, name: object) -> str:
        """A locally administered MAC address."""
        digits = uuid.uuid5(self.namespace, f"mac/{name}").hex
        return "02:" + ":".join(digits[i : i + 2] for i in range(0, 10, 2))

    def token(self, name: object) -> str:
        """A token as long as XO's (43 characters)."""
        digits = uuid.uuid5(self.namespace, f"token/{name}").hex + uuid.uuid5(self.namespace, f"more/{name}").hex
        return digits[:43]


class Clock:
    """Time that starts where the options say and runs at the usual pace."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._zero = time.monotonic()

    def ms(self) -> int:
        """Now, in milliseconds since 1970."""
        return self._start + int((time.monotonic() - self._zero) * 1000)

    def seconds(self) -> int:
        """Now, in seconds since 1970."""
        return self.ms() // 1000


def base36(number: int) -> str:
    """A number in base 36, lower case."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = ALPHABET[rest] + digits
    return digits or "0"
