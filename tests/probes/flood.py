"""flood.py: numbered lines as fast as they can be written, as many as a named pipe asks for.

Each number that is written to `go` is how many lines come next; when they are written, the file
`written.N` is there, N being the number of all lines so far. Without a number it ends.
"""

import sys
from pathlib import Path

AT_ONCE = 5000


def main() -> None:
    """Write what is asked for."""
    number = 0
    print("ready", flush=True)
    while count := int(Path("go").read_text() or "0"):
        for start in range(number, number + count, AT_ONCE):
            some = range(start, min(start + AT_ONCE, number + count))
            sys.stdout.write("".join(f"line {each} {'x' * 60}\n" for each in some))
        sys.stdout.flush()
        number += count
        Path(f"written.{number}").touch()


main()
