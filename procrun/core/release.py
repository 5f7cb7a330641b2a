"""Releases: what each change of the config vars was, and what can be gone back to."""

from __future__ import annotations

from procrun.core.text import excerpt, whole_number
from procrun.errors import ProcrunError, UsageError
from procrun.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SUCCEEDED = "succeeded"
PENDING = "pending"  # its release command runs
FAILED = "failed"
EXPIRED = "expired"  # nobody knows what became of its release command
STATUSES = (SUCCEEDED, PENDING, FAILED, EXPIRED)

INITIAL = "Initial release"
_NOTES = {
    PENDING: "release command executing",
    FAILED: "release command failed",
    EXPIRED: "release expired",
}
_TEXTS = ("by", "description", "status", "file", "procfile", "commit")
_END_OF_TIME = 253_402_300_800  # the year 10000: no later time can be shown
_SHA = 8  # digits of a commit that are shown
_AGO = 25 * 3600  # seconds for which a time is told relative to now as well


class Release(Value):
    """One release."""

    version: int
    at: float  # seconds since the epoch
    by: str
    description: str
    status: str
    config: Mapping[str, str]  # what the app got
    written: Mapping[str, str]  # what the edited env file said, `${NAME}` not yet replaced
    file: str = ""  # that file, from the root
    procfile: str = ""  # a hash of it
    commit: str = ""  # of the code, in full; "" where there is no repository

    @property
    def name(self) -> str:
        """`v9`."""
        return f"v{self.version}"

    @property
    def note(self) -> str:
        """What there is to be said of its status; "" where it succeeded."""
        return _NOTES.get(self.status, "")

    @property
    def change(self) -> Change:
        """What everybody may know of it."""
        return Change(self.version, self.description, self.by)


class Change(Value):
    """What is told of a release where its config vars are none of anybody's business."""

    version: int
    description: str
    by: str

    @property
    def name(self) -> str:
        """`v9`."""
        return f"v{self.version}"


def encode(release: Release) -> bytes:
    """The record of a release, as one line."""
    import json

    return f"{json.dumps({name: getattr(release, name) for name in Release._fields})}\n".encode()


def decode(record: bytes) -> Release | None:
    """The release of a record; None for one that was torn, or is none."""
    import json

    try:
        found: object = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    version, at = found.get("version"), found.get("at")
    texts = [found.get(name) for name in _TEXTS]
    config, written = _strings(found.get("config")), _strings(found.get("written"))
    if not isinstance(version, int) or not isinstance(at, int | float):
        return None
    if not 0 <= at < _END_OF_TIME:  # NaN is no time either
        return None
    by, description, status, file, procfile, commit = (
        text if isinstance(text, str) else "" for text in texts
    )
    if status not in STATUSES or config is None or written is None:
        return None
    texts_of_app = (file, procfile, commit)
    return Release(version, float(at), by, description, status, config, written, *texts_of_app)


def _strings(value: object) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {str(name): text for name, text in value.items() if isinstance(text, str)}


def parse_version(text: str) -> int:
    """The number of `v9` or `9`; UsageError for anything else."""
    number = whole_number(text.removeprefix("v"))
    if not number:
        raise UsageError(f"{excerpt(text)} is not a release", "Write vN, such as v3.")
    return number


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """What turns one into the other: each name with its new value, None for none."""
    gone: dict[str, str | None] = {name: None for name in before if name not in after}
    return {
        **gone,
        **{name: value for name, value in after.items() if before.get(name) != value},
    }


def described(changes: Mapping[str, str | None]) -> str:
    """`Set FOO, BAR config vars`, as Heroku describes such a release; names only."""
    names = ", ".join(name for name, value in changes.items() if value is not None)
    gone = ", ".join(name for name, value in changes.items() if value is None)
    both = f"Set {names} and remove {gone}" if names and gone else f"Set {names}"
    return f"{both if names else f'Remove {gone}'} config vars"


def was_deployed(releases: Iterable[Release]) -> bool:
    """Whether one of them was a deploy that succeeded: before the first the app is a blank one."""
    deploy = described_deploy("")
    return any(
        each.status == SUCCEEDED and each.description.startswith(deploy) for each in releases
    )


def described_deploy(commit: str) -> str:
    """`Deploy 4c3bb32c`, or `Deploy` where the code has no commit."""
    return f"Deploy {commit[:_SHA]}".rstrip()


def described_edit(path: str, changes: Mapping[str, str | None]) -> str:
    """`Edit .env (FOO, BAR)`: somebody changed the file without us."""
    return f"Edit {path} ({', '.join(changes)})"


def described_retry(failed: Release) -> str:
    """`Retry of v5: Set FOO config vars`, of a retry once more, too."""
    _, retry, before = failed.description.rpartition(": ")
    what = before if retry and failed.description.startswith("Retry of ") else failed.description
    return f"Retry of {failed.name}: {what}"


def is_the_same_app(one: Release, other: Release) -> bool:
    """Whether two releases have the same code, Procfile and config vars."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("file", "written", "config", "procfile", "commit")
    )


def current(releases: Sequence[Release]) -> Release | None:
    """The one that counts: the last that succeeded. They are given newest first."""
    return next((each for each in releases if each.status == SUCCEEDED), None)


def to_go_back_to(
    releases: Sequence[Release],
    version: int | None,
    file: str = "",
    written: Mapping[str, str] | None = None,
) -> Release:
    """The release that a rollback means, by default the last good one with other config vars.

    They are given newest first. `file` is the env file that is meant, and `written` what it says
    now. ProcrunError for one that isn't there, that has failed, or that is of another file.
    """
    if version is None:
        others = [each for each in releases if each.file == file and each.written != written]
        found = current(others)
        if found is None:
            raise ProcrunError("there is no release to roll back to", _LIST)
        return found
    named = next((each for each in releases if each.version == version), None)
    if named is None:
        raise ProcrunError(f"there is no release v{version}", _LIST)
    if named.status != SUCCEEDED:
        raise ProcrunError(f"{named.name} did not succeed: {named.note}", _LIST)
    if named.file != file:
        hint = f"`procrun rollback -e {named.file} {named.name}` does it there."
        raise ProcrunError(f"{named.name} is of {named.file}, not of {file}", hint)
    return named


_LIST = "`procrun releases` lists them."


def ago(seconds: float) -> str:
    """`(~ 5m ago)`; "" for what is longer ago than a day or so."""
    whole = max(0, round(seconds))
    if whole > _AGO:
        return ""
    if whole < 60:
        return f"(~ {whole}s ago)"
    return f"(~ {whole // 60}m ago)" if whole < 3600 else f"(~ {whole // 3600}h ago)"
