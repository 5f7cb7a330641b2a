"""`python -m procrun`."""

import sys

from procrun.cli import main

sys.exit(main())
