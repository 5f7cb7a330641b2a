"""Frozen values without `dataclasses`, whose import costs more than the rest of a start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self, dataclass_transform
else:

    def dataclass_transform(**_options: object) -> object:
        """What it is for type checkers only."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Value:
    """A record of the annotated fields of its class: frozen, equal by content, hashable.

    Class attributes are the defaults. Type checkers see a frozen dataclass.
    """

    _fields: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        own = tuple(name for name in cls.__dict__.get("__annotations__", ()) if name[0] != "_")
        cls._fields = cls._fields + own

    def __init__(self, *args: object, **kwargs: object) -> None:
        given = dict(zip(self._fields, args, strict=False), **kwargs)
        if len(given) != len(args) + len(kwargs) or not given.keys() <= set(self._fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._fields)}")
        for name in self._fields:
            if name not in given and not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs {name}")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def _content(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self), self._content()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({shown})"

    def replace(self, **changes: object) -> Self:
        """The same value with some fields changed."""
        return type(self)(**{**dict(zip(self._fields, self._content(), strict=True)), **changes})
