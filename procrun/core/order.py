"""What the owner of an app has its host do, and what the host answers: one JSON object a line."""

from __future__ import annotations

from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

START = "start"  # the app
RUN = "run"  # a one-off command
RELEASE = "release"  # the release command

STOP = b"s"  # what an owner may say later: end the app and tell what became of it
KEEP = b"k"  # go on without the owner


class Order(Value):
    """The first line that a host reads. Paths are absolute."""

    verb: str
    root: str
    environment: Mapping[str, str]  # in the place of the owner's
    options: Mapping[str, object] = {}  # settings as the command line gives them
    overrides: Mapping[str, str] = {}  # variables that beat the env files
    words: tuple[str, ...] = ()  # process types (START), or a command (RUN)
    ready: str = ""  # what web is waited for; "" for what the settings say
    folder: str = ""  # for lock, socket and log; the host makes and removes it

    def encode(self) -> bytes:
        """The line."""
        return encode({name: getattr(self, name) for name in self._fields})

    @classmethod
    def decode(cls, line: bytes) -> Order:
        """The order of a line; ValueError, TypeError or KeyError for anything else."""
        fields = decode(line)
        words = fields["words"]
        if not isinstance(words, list):
            raise TypeError("words must be a list")
        return cls(
            str(fields["verb"]),
            str(fields["root"]),
            {name: str(value) for name, value in _mapping(fields["environment"]).items()},
            _mapping(fields["options"]),
            {name: str(value) for name, value in _mapping(fields["overrides"]).items()},
            tuple(map(str, words)),
            str(fields["ready"]),
            str(fields["folder"]),
        )


def encode(fields: Mapping[str, object]) -> bytes:
    """The line of an object."""
    import json

    return json.dumps(fields).encode() + b"\n"


def decode(line: bytes) -> dict[str, object]:
    """The object of a line; ValueError or TypeError for anything else."""
    import json

    return _mapping(json.loads(line))


def _mapping(found: object) -> dict[str, object]:
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return {str(name): value for name, value in found.items()}
