"""supervisor itself, as a reader of exported files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supervisor.options import ServerOptions
from supervisor.process import Subprocess

from procrun.export.supervisord import Export
from procrun.value import Value

if TYPE_CHECKING:
    from pathlib import Path

    from procrun.export.blueprint import Blueprint

MAIN = """\
[supervisord]
logfile=%(here)s/supervisord.log
pidfile=%(here)s/supervisord.pid
childlogdir=%(here)s

[unix_http_server]
file=%(here)s/socket

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://%(here)s/socket

[include]
files = *.d/*.conf
"""


class Program(Value):
    """What supervisor would do for one program."""

    file: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    options: dict[str, object]


def install(blueprint: Blueprint, folder: Path) -> Path:
    """Export into a folder's configurations; gives supervisord's own file, which includes them."""
    main = folder / "supervisord.conf"
    main.write_text(MAIN, encoding="utf-8")
    included = folder / "conf.d"
    included.mkdir(exist_ok=True)
    for file in Export().render([], {"blueprint": blueprint}):
        path = included / file.name
        path.write_text(file.content, encoding="utf-8", newline="")
        path.chmod(file.mode)
    return main


def read(main: Path) -> dict[str, Program]:
    """The programs by GROUP:NAME, as supervisord reads them."""
    options = ServerOptions()
    options.configfile, options.here = str(main), str(main.parent)
    options.environ_expansions = {}
    section = options.read_config(str(main))
    assert options.parse_warnings == []
    return {
        f"{group.name}:{config.name}": _program(config)
        for group in section.process_group_configs
        for config in group.process_configs
    }


def _program(config: object) -> Program:
    options = vars(config)
    file, argv = Subprocess(config).get_execv_args()
    return Program(file, tuple(argv), options["environment"], options)
