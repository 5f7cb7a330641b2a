"""Where a source in Python has its server listen, as far as its text tells without running it.

Only what is written out counts: a call with a number as its port, or with none where the server has
one of its own. Anything that is computed may well come from PORT.
"""

from __future__ import annotations

import ast

from procrun.core.heroku_ports import alone_on, is_loopback, on_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FLASK = ("127.0.0.1", 5000)
_UVICORN = ("127.0.0.1", 8000)
# With one of these there is more to it than a call can tell.
_OTHER_WAYS = ("SERVER_NAME", "serve(", "WSGIServer", "run_simple", "socketio", "make_server")
_REMEDY = 'Write host="0.0.0.0", port=int(os.environ["PORT"]).'


def out_of_reach(source: str) -> tuple[str, str] | None:
    """What is wrong with where a script listens, and the remedy.

    It is one that runs a Flask app itself (`app.run()`), or uvicorn. None if nothing is wrong, or
    nobody can tell.
    """
    tree = None if any(name in source for name in _OTHER_WAYS) else _parsed(source)
    verdicts = [_judge(call, default, source) for call, default in _calls(tree)] if tree else []
    wrong = [verdict for verdict in verdicts if verdict]
    return (wrong[0], _REMEDY) if wrong and len(wrong) == len(verdicts) else None


def constants(source: str) -> dict[str, str]:
    """The names that a source sets to a text that is written out, and to nothing else."""
    tree = _parsed(source)
    found: dict[str, str] = {}
    unclear: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    value = _constant(node.value)
                    if isinstance(value, str) and target.id not in found:
                        found[target.id] = value
                    else:
                        unclear.add(target.id)
    return {name: value for name, value in found.items() if name not in unclear}


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, tuple[str, int]]]:
    """The calls that make it listen, with the address and the port of those that name none."""
    apps = set(_flask_apps(tree))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.attr == "run"
        ):
            if node.func.value.id in apps:
                yield node, _FLASK
            elif node.func.value.id == "uvicorn":
                yield node, _UVICORN


def _flask_apps(tree: ast.Module) -> Iterator[str]:
    """The names that are given to apps: `app = Flask(__name__)`, `app = create_app()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = node.value.func
            name = made.id if isinstance(made, ast.Name) else getattr(made, "attr", "")
            if name in ("Flask", "create_app"):
                yield from (each.id for each in node.targets if isinstance(each, ast.Name))


def _judge(call: ast.Call, default: tuple[str, int], source: str) -> str:
    """What is wrong with where a call has it listen; "" for nothing, or what nobody can tell."""
    options = {option.arg: _constant(option.value) for option in call.keywords}
    places = len(call.args) - (default is _UVICORN)  # that are given without their names
    if None in options or places > 0 or options.keys() & {"uds", "fd"}:
        return ""
    host, port = options.get("host", default[0]), options.get("port", default[1])
    if isinstance(port, int):
        # Where PORT is mentioned there is another way, which may be the one that is taken.
        return "" if "PORT" in source else on_port(port)
    return alone_on(host) if isinstance(host, str) and is_loopback(host) else ""


def _constant(node: ast.expr) -> object:
    """The value of what is written out; None for what is computed."""
    return node.value if isinstance(node, ast.Constant) else None
