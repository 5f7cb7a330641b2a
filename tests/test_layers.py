"""Who may import whom, and what a thing may not be called."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from tests.conftest import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Decisions; what asks the system one thing each; settings; the subsystems that never meet.
PURE = {"value", "errors", "core"}
SYSTEM = {"system", "loop"}
SETTINGS = {"settings"}
SUBSYSTEMS = {"supervisor", "logs", "control", "watch"}
LAUNCHING = {"inputs", "clean_env", "port_plan", "launcher", "plan"}
BELOW_APP = PURE | SYSTEM | SETTINGS | SUBSYSTEMS | LAUNCHING
# Not below: what only an app as on Heroku has (the router, its front, certificates, advice and the
# release phase). Who may know of each of them is named.

# Each module or package may import itself and these; a new one needs a place in this table.
MAY_IMPORT = {
    "value": set[str](),
    "errors": {"value"},
    "core": {"value", "errors"},
    **dict.fromkeys(SYSTEM, PURE),
    "guardian": PURE | {"system"},
    "settings": PURE,
    **dict.fromkeys(SUBSYSTEMS, PURE | SYSTEM | SETTINGS),
    "certificates": PURE | {"system"},
    # A process of its own, a client of the app; nobody imports it.
    "router": PURE | SYSTEM | SETTINGS | {"control", "certificates"},
    "inputs": PURE | SETTINGS,
    "clean_env": PURE | SYSTEM | SETTINGS | {"certificates"},
    "port_plan": PURE | SYSTEM | SETTINGS | {"inputs"},
    "launcher": PURE | SETTINGS | {"clean_env", "port_plan"},
    "plan": PURE | SETTINGS | {"inputs", "clean_env", "launcher", "advice"},
    "front": PURE | SYSTEM | SETTINGS | {"certificates", "launcher", "port_plan", "supervisor"},
    "advice": PURE
    | SYSTEM
    | SETTINGS
    | {"inputs", "clean_env", "port_plan", "supervisor", "watch"},
    "background": PURE | {"guardian"},
    "config": PURE | SYSTEM | SETTINGS | {"inputs", "control"},
    "requests": BELOW_APP | {"front", "reloading"},
    "reloading": BELOW_APP,
    "releasing": BELOW_APP | {"config", "reloading", "requests"},
    "app": BELOW_APP
    | {"advice", "front", "releasing"}
    | {"requests", "reloading", "guardian", "background"},
    "cli": BELOW_APP
    | {"advice", "certificates", "export", "releasing"}
    | {"app", "background", "config", "guardian", "reloading", "testing"},
    "export": PURE | SYSTEM | SETTINGS | LAUNCHING,
    "owned": BELOW_APP | {"app", "cli", "guardian"},  # a process of its own
    "testing": PURE | SETTINGS | {"control", "inputs", "system"},
    "pytest_plugin": PURE | {"testing"},
    "__main__": {"cli"},
    "": set[str](),  # procrun itself: its version, for everybody
}

IN_AND_OUT = set(
    """asyncio fcntl glob http logging multiprocessing os pathlib psutil pty resource select
    selectors shutil socket socketserver ssl subprocess sys tempfile termios threading time tty
    urllib watchdog""".split()
)
SAYS_NOTHING = {"manager", "helper", "helpers", "util", "utils", "info", "data"}

SOURCES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def tree(path: Path) -> Iterator[ast.AST]:
    """Every node of a module, those inside functions and `if TYPE_CHECKING` included."""
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imports(path: Path) -> Iterator[str]:
    """The full names of the modules that a module imports."""
    for node in tree(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in SOURCES else str(node.module) for name in full)


def own(path: Path) -> set[str]:
    """Those of them that are procrun's own."""
    return {name for name in imports(path) if name.partition(".")[0] == "procrun"}


def place(module: str) -> str:
    """The row of the table that a module stands in."""
    return f"{module}.".split(".")[1]


def test_nothing_imports_what_its_place_does_not_allow() -> None:
    """The order of the layers holds, and the subsystems meet in the app alone."""
    wrong = [
        f"{module} imports {other}"
        for module, path in SOURCES.items()
        for other in own(path)
        if place(other) not in MAY_IMPORT[place(module)] | {place(module), ""}
    ]

    assert wrong == []


def test_every_row_is_of_something_that_is_there() -> None:
    """A row of what is gone would allow what nobody has thought about."""
    rows = MAY_IMPORT.keys() | set().union(*MAY_IMPORT.values())

    assert rows - {place(module) for module in SOURCES} == set()


def test_core_does_no_input_and_no_output() -> None:
    """Decisions get numbers, texts and events, and give the same."""
    core = {module: path for module, path in SOURCES.items() if place(module) == "core"}
    wrong = [
        f"{module} imports {other}"
        for module, path in core.items()
        for other in imports(path)
        if other.partition(".")[0] in IN_AND_OUT
    ]
    wrong += [
        f"{module}:{node.lineno} calls {node.func.id}"
        for module, path in core.items()
        for node in tree(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in {"open", "print", "input", "breakpoint"}
    ]

    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not even inside functions, and not for their types."""
    TopologicalSorter({module: own(path) for module, path in SOURCES.items()}).prepare()


def test_names_say_what_a_thing_is() -> None:
    """No module, class or function is called by a word that fits everything."""
    names = [(module, module.rpartition(".")[2]) for module in SOURCES]
    names += [
        (f"{module}:{node.lineno}", node.name)
        for module, path in SOURCES.items()
        for node in tree(path)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    wrong = [
        (where, name)
        for where, name in names
        if name.strip("_").lower() in SAYS_NOTHING or name.endswith(("Manager", "Helper", "Utils"))
    ]

    assert wrong == []
