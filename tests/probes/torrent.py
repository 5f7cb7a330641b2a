"""torrent.py NAME BYTES: lines of all lengths up to 70 kB, written in pieces of any size.

The last line has the number of lines before it and the checksum of their text.
"""

import os
import random
import sys
import zlib

LONGEST = 70_000


def lines(name: str, size: int) -> bytes:
    """About so many bytes of lines, always the same for a name; some are empty, some not UTF-8."""
    chance = random.Random(name)  # noqa: S311 - no secret
    found: list[bytes] = []
    while size > 0:
        kind = chance.random()
        length = LONGEST if kind > 0.995 else 0 if kind < 0.1 else chance.randrange(200)
        text = chance.randbytes(length).replace(b"\n", b" ").replace(b"\x1b", b"e")
        found.append(f"{name} {len(found)} ".encode() + text if length else b"")
        size -= length + 20
    return b"\n".join(found) + b"\n"


def main(name: str, size: int) -> None:
    """Write them."""
    text = lines(name, size)
    checksum = zlib.crc32(text.replace(b"\n", b""))
    text += f"{name} wrote {text.count(10)} lines with checksum {checksum}\n".encode()
    chance = random.Random()  # noqa: S311 - no secret
    while text:
        bite = chance.choice((1, 100, 5000, 100_000))
        text = text[os.write(1, text[:bite]) :]


main(sys.argv[1], int(sys.argv[2]))
