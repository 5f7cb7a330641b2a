"""Makes room for orders: what a migration does for a database."""

import os
from pathlib import Path

Path(os.environ["ORDERS"]).touch()
print("migrated")
