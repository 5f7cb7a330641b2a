"""Try an installed procrun as somebody new to it would: `smoke.py path/to/procrun`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import uuid
from urllib.request import urlopen

import psutil

MARK = "SMOKE_MARK"
DEADLINE = 60  # seconds for all of it


def say(*words: str) -> str:
    """Run a command that must succeed; returns what it printed."""
    print("$", " ".join(words), flush=True)
    output = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(output, end="", flush=True)
    return output


def start(procrun: str) -> None:
    """Start the sample, ask its web process for a page, and stop it."""
    words = [procrun, "start", "-f", "Procfile.sample", "-p", "0"]
    print("$", " ".join(words), flush=True)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        seen = set()
        for line in running.stdout:
            print(line, end="", flush=True)
            seen.update(re.findall(r"(?:listening|job \d+ done|it is)", line))
            if found := re.search(r"listening on http://localhost:(\d+)", line):
                with urlopen(f"http://127.0.0.1:{found[1]}/") as page:
                    assert page.read() == b"Hello from procrun!\n"
            if len(seen) == 3:  # web, worker and clock
                break
        running.send_signal(signal.SIGTERM)
        print(running.stdout.read(), end="")
        assert running.wait() == 128 + signal.SIGTERM, running.returncode


def left_behind() -> list[str]:
    """What still runs of all that was started here."""
    own = psutil.process_iter(["pid", "environ", "cmdline"])
    return [
        f"{process.info['pid']}: {process.info['cmdline']}"
        for process in own
        if (process.info["environ"] or {}).get(MARK) == os.environ[MARK]
    ]


def main() -> None:
    """Fail with an AssertionError, or with what a command failed with."""
    os.environ[MARK] = uuid.uuid4().hex
    signal.alarm(DEADLINE)
    procrun = sys.argv[1]
    assert re.search(r"\d+\.\d+", say(procrun, "version"))
    say(procrun, "check", "-f", "Procfile.sample")
    say(procrun, "run", "true")
    start(procrun)
    assert left_behind() == []


main()
