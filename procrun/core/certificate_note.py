"""The first line of a file with a certificate: whether it is still good, without reading the rest.

What follows it is PEM, whose readers skip such lines.
"""

from __future__ import annotations

from procrun.value import Value

_BEGIN = b"procrun 1 "
DAY = 24 * 3600  # seconds
RENEWED_BEFORE = 30 * DAY  # its end, so that an app may run for weeks


class Note(Value):
    """When a certificate is valid, and what belongs to it."""

    begins: int  # seconds since the epoch
    ends: int
    authority: str  # the digest of the certificate of its authority
    content: str  # the digest of what follows the line

    def encode(self) -> bytes:
        """The line."""
        return _BEGIN + f"{self.begins} {self.ends} {self.authority} {self.content}\n".encode()

    def holds(self, now: float, authority: str, content: str) -> bool:
        """Whether the certificate can be used as it is."""
        in_time = self.begins <= now < self.ends - RENEWED_BEFORE
        return in_time and (self.authority, self.content) == (authority, content)


def split(content: bytes) -> tuple[Note | None, bytes]:
    """The note of a file, None for one that is no such file, and what follows it."""
    line, _, rest = content.partition(b"\n")
    words = line.removeprefix(_BEGIN).split(b" ")
    if not line.startswith(_BEGIN) or len(words) != 4:
        return None, rest
    try:
        begins, ends = int(words[0]), int(words[1])
        return Note(begins, ends, words[2].decode("ascii"), words[3].decode("ascii")), rest
    except ValueError:
        return None, rest
