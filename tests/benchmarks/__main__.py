"""The command of the benchmarks: choose, measure round by round, print one table."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from procrun.value import Value
from tests.benchmarks import __doc__ as description
from tests.benchmarks import (
    collection,
    idle,
    latency,
    load,
    long_line,
    router,
    runners,
    startup,
    suites,
    throughput,
    watch,
)
from tests.benchmarks.report import Table, circumstances

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.benchmarks.figures import Sample
    from tests.benchmarks.runners import Tool


class Measure(Value):
    """Something to measure: one call is one round of all tools."""

    name: str
    round: Callable[[Sequence[Tool]], Iterator[Sample]]
    once: bool = False


MEASURES = (
    Measure("throughput", throughput.measure),
    Measure("readers", throughput.measure_readers),
    Measure("long-line", long_line.measure),
    Measure("latency", latency.measure),
    Measure("load", load.measure),
    Measure("startup", startup.measure),
    Measure("spawn", startup.measure_together),
    Measure("stop", idle.measure_stop),
    Measure("idle", idle.measure, once=True),
    Measure("watch", watch.measure),
    Measure("suites", suites.measure),
    Measure("collection", collection.measure),
    Measure("router", router.measure),
)


def options(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends with a usage error on a name that is not a measure."""
    names = [measure.name for measure in MEASURES]
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help=f"only these of {', '.join(names)}"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: %(default)s)")
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.names) - set(names):
        parser.error(f"no measure {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return chosen


def measured(chosen: Sequence[str], rounds: int, tools: Sequence[Tool]) -> Iterator[Sample]:
    """All samples of the chosen measures, with a word on standard error before each round."""
    for measure in MEASURES:
        if measure.name in chosen or not chosen:
            times = 1 if measure.once else rounds
            for number in range(times):
                sys.stderr.write(f"{measure.name}, round {number + 1} of {times}\n")
                yield from measure.round(tools)


def main(words: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for and print it."""
    chosen = options(words)
    # A terminated benchmark cleans up like an interrupted one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    tools, skipped = runners.installed()
    if "router" in chosen.names or not chosen.names:
        skipped += router.missing()
    try:
        samples = list(measured(chosen.names, chosen.rounds, tools))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    table = Table(samples, [*(tool.name for tool in tools), *router.NAMES])
    typed = " ".join(["python -m tests.benchmarks", *(sys.argv[1:] if words is None else words)])
    versions = [f"{tool.name} {told}" for tool in tools if (told := tool.version())]
    notes = circumstances(typed, chosen.rounds, versions, skipped)
    shown = table.markdown() if chosen.markdown else table.plain()
    sys.stdout.write(f"{notes}\n\n{shown}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
