"""What works beside the pages."""

import os
import signal

print(f"{os.environ.get('DYNO', 'nobody')} works", flush=True)
signal.pause()
