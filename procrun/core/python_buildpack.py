"""What Heroku's Python buildpack puts into the environment of a Python app's dynos.

Left out is what names its own Python, in a folder that no laptop has: PYTHONHOME, LIBRARY_PATH,
LD_LIBRARY_PATH and its part of the PATH.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from procrun.core.dyno_size import DynoSize

OF_PIP = "requirements.txt"
# By these it knows a Python app. Its folders, such as __pycache__, are not among them: they are
# seldom pushed, and tools of other languages leave them behind, too.
DETECTED_BY = (
    *(".python-version", OF_PIP, "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock"),
    *("pyproject.toml", "runtime.txt", "setup.py", "setup.cfg", "manage.py", "app.py", "main.py"),
    *("server.py", "__init__.py", "pdm.lock"),
)
_PER_WORKER = 256  # MB


def at_boot(
    config: Mapping[str, str], home: str, size: DynoSize, *, uses_pip: bool
) -> dict[str, str]:
    """What it sets in a dyno of this size, whatever the config vars say or where they say nothing.

    An empty WEB_CONCURRENCY is one that is set; in the other defaults empty counts as unset.
    """
    made = {
        "PYTHONUNBUFFERED": "true",
        "FORWARDED_ALLOW_IPS": "*",
        "DYNO_RAM": str(size.memory),
    }
    defaults = {
        "PYTHONPATH": home,
        "LANG": "en_US.UTF-8",
        "GUNICORN_CMD_ARGS": "--access-logfile -",
    }
    made |= {name: value for name, value in defaults.items() if not config.get(name)}
    if "WEB_CONCURRENCY" not in config:
        made["WEB_CONCURRENCY"] = str(web_concurrency(size))
        made["WEB_CONCURRENCY_SET_BY"] = "heroku/python"
    if uses_pip:
        made["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return made


def web_concurrency(size: DynoSize) -> int:
    """How many workers a web server starts: as many as its memory and its cores allow."""
    return min(max(size.memory // _PER_WORKER, 1), size.cores * 2 + 1)
