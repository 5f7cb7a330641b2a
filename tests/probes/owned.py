"""owned.py: procrun whose web dynos are up only when they themselves answer on their ports.

As in a test suite's app. Its arguments are those of procrun.
"""

import sys

from procrun import plan
from procrun.cli.main import main
from procrun.core.launch import Launch
from procrun.core.names import DynoName
from procrun.core.readiness import Readiness, Sign

ANSWER = Readiness(Sign.ANSWER, "/")


def usual(process_type: str) -> Readiness:
    """What tells it where nobody says."""
    return ANSWER if process_type == "web" else Readiness(Sign.LAUNCHED)


class Launcher(plan.Launcher):
    """Says so in each launch."""

    def launch(self, name: DynoName, port: int | None = None) -> Launch:
        """What it takes to launch a dyno."""
        launch = super().launch(name, port)
        return launch.replace(ready=launch.ready.replace(own=True))


vars(plan).update(Launcher=Launcher, usual=usual)  # for this process alone
sys.exit(main())
