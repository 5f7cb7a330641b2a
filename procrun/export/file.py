"""A file that an exporter makes."""

from __future__ import annotations

from procrun.value import Value

PUBLIC = 0o644
SECRET = 0o600


class File(Value):
    """What honcho's is, and who may read it."""

    name: str  # below the folder that all go to
    content: str
    mode: int = PUBLIC
    keeps: bool = False  # whether what is there already stays as it is
    tells_how: bool = False  # whether it begins with how to install all of them
    place: str = ""  # its folder, absolute, where it is another than that of all
