"""Packs what was ordered."""

import os
import time
from pathlib import Path

with Path(os.environ["ORDERS"]).open() as orders:
    print("waiting for orders", flush=True)
    while True:
        if line := orders.readline():
            print("packed", line.strip(), flush=True)
        else:
            time.sleep(0.05)
