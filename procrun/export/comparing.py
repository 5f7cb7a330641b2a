"""How the files of an export differ from those that are there, without a word of what is secret."""

from __future__ import annotations

import difflib

from procrun.export.writing import Change
from procrun.inputs import shown_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from procrun.export.writing import Target

_OTHERS = 0o077  # bits of those who are not the owner


def differences(planned: Sequence[Target], variables: Collection[str]) -> str:
    """A unified diff of what is public, and of the rest how many lines differ; "" for none.

    `variables` are the names that may be told of lines of secret files.
    """
    lines: list[str] = []
    for target in planned:
        if target.change is Change.WRITTEN:
            lines += _of(target, variables)
    return "".join(f"{line}\n" for line in lines)


def _of(target: Target, variables: Collection[str]) -> Iterator[str]:
    path = shown_path(target.path)
    if target.whose:
        yield f"{path}: {target.whose}"
        return
    if target.before is None:
        yield f"{path}: {'a symbolic link' if target.replaces_link else 'not there'}"
    elif target.mode != target.file.mode:
        yield f"{path}: mode {target.mode:04o}, not {target.file.mode:04o}"
    before = (target.before or b"").decode("utf-8", "backslashreplace").split("\n")
    after = target.file.content.split("\n")
    if _is_secret(target):
        yield from _counted(path, before, after, variables)
        return
    source = "/dev/null" if target.before is None else path
    yield from difflib.unified_diff(before, after, source, path, lineterm="")


def _is_secret(target: Target) -> bool:
    """Whether one of the two files is for its owner alone."""
    modes = [target.file.mode] if target.before is None else [target.file.mode, target.mode]
    return not all(mode & _OTHERS for mode in modes)


def _counted(
    path: str, before: Sequence[str], after: Sequence[str], variables: Collection[str]
) -> Iterator[str]:
    changed = [
        line[1:]
        for line in difflib.unified_diff(before, after, lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    names = dict.fromkeys(name for line in changed if (name := _name(line)) in variables)
    if changed:
        of = f" ({', '.join(names)})" if names else ""
        yield f"{path}: secret; lines that differ: {len(changed)}{of}"


def _name(line: str) -> str:
    """What a line that sets a variable would call it, in an env file or in YAML."""
    return line.replace(":", "=").partition("=")[0].strip(" \t\"'-,")
