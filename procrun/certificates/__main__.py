"""Makes the certificate of the host name that is the only argument, if it is not there yet."""

from __future__ import annotations

import sys

from procrun.certificates.making import make_leaf
from procrun.errors import ProcrunError

if __name__ == "__main__":
    sys.stderr.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr] # it is a text file
    try:
        make_leaf(sys.argv[1])
    except ProcrunError as error:
        sys.stderr.write(str(error))
        sys.exit(error.exit_code)
