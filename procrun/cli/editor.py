"""`procrun config edit`: a copy of the env file, or one value of it, in the user's editor.

The file itself is replaced only when the copy is right; else the copy is kept, and told of.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

from procrun.cli.config_change import apply
from procrun.cli.main import in_words
from procrun.control.folder import Folder
from procrun.core import envfile
from procrun.core.config_rules import check_name
from procrun.core.envfile_edit import check_value
from procrun.core.envfile_edit import edit as edit_text
from procrun.core.text import decode, excerpt
from procrun.errors import ConfigError, Problem, ProcrunError
from procrun.inputs import shown_path
from procrun.system import durable
from procrun.system.own_files import remove

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from procrun.config.change import Edited
    from procrun.config.env_file import Text
    from procrun.core.release import Release
    from procrun.settings import Settings

    # From what was saved to the new text of the env file; ConfigError for mistakes.
    Reading = Callable[[str], str]

_NOT_FOUND = 127  # the status of a shell
_EDITORS = ("vim", "vi", "nano")


def edited_by_hand(settings: Settings, edited: Edited) -> int:
    """Have the whole file edited, and make that a release; the exit code."""
    before = edited.file.read()
    copy = _Copy(settings, ".env", before.text)

    def read(saved: str) -> str:
        envfile.parse(saved, copy.shown)
        return saved

    return _carry_out(settings, edited, before, copy, read)


def edited_value(settings: Settings, edited: Edited, name: str) -> int:
    """Have one value edited; a newline at its end is the editor's, not the value's."""
    before = edited.file.read()
    if name not in before.written:
        check_name(name)
    value = before.written.get(name, "")
    copy = _Copy(settings, f"-{name}", f"{value}\n" if value else "")

    def read(saved: str) -> str:
        new = saved.removesuffix("\n")
        check_value(name, new)
        if new == value:
            return before.text
        return edit_text(before.text, before.shown, {name: new}, literal="${" not in value)

    return _carry_out(settings, edited, before, copy, read)


def _carry_out(settings: Settings, edited: Edited, before: Text, copy: _Copy, read: Reading) -> int:
    text = copy.edit(read)

    def change(now: Text, _releases: Sequence[Release]) -> tuple[str, str]:
        if now.raw != before.raw:
            raise ProcrunError(f"{now.shown} has changed meanwhile")
        return text, ""

    try:
        code = apply(
            settings, edited, "Editing config vars", lambda gate: edited.change(change, gate)
        )
    except ProcrunError as error:
        raise copy.kept(error) from error
    copy.remove()
    return code


class _Copy:
    """What the editor gets: a file in the app's own folder, for this user alone."""

    def __init__(self, settings: Settings, ending: str, text: str) -> None:
        folder = Folder(settings.root)
        self._path = os.path.abspath(folder.file(f"edit-{os.getpid()}{ending}"))
        self.shown = os.path.normpath(shown_path(self._path))
        self._before = text.encode()
        try:
            folder.make()
            durable.replace(self._path, self._before, 0o600)
        except OSError as error:
            message = f"{self.shown} cannot be written: {error.strerror}"
            raise ProcrunError(message, "It is what the editor would edit.") from error

    def edit(self, read: Reading) -> str:
        """What `read` makes of the copy after the editor, as often as it takes on a terminal."""
        while True:
            self._let_edit()
            try:
                with open(self._path, "rb") as file:
                    return read(decode(file.read(), self.shown))
            except (OSError, ProcrunError) as error:
                wrong = error if isinstance(error, ProcrunError) else _unreadable(error)
                if not _wants_to_go_on(wrong):
                    raise self.kept(wrong) from error

    def kept(self, error: ProcrunError) -> ProcrunError:
        """The error with a word on where the edit is; without one where nothing was edited."""
        if not self._is_edited():
            self.remove()
            return error
        hint = f"Your edit is kept in {self.shown}."
        if isinstance(error, ConfigError):
            return ConfigError([*error.problems, Problem("", "nothing was changed", hint)])
        return ProcrunError(error.message, f"{error.hint} {hint}".strip(), error.exit_code)

    def _is_edited(self) -> bool:
        try:
            with open(self._path, "rb") as file:
                return file.read() != self._before
        except OSError:
            return True  # whatever it is by now

    def remove(self) -> None:
        """It is no longer needed."""
        for path in (self._path, f"{self._path}~"):  # and what an editor leaves
            remove(path)

    def _let_edit(self) -> None:
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _installed()
        status = _run_editor(editor, self._path)
        if status != 0:
            message = f"the editor ended with status {status}"
            program, *_ = editor.split() or [editor]
            if status == _NOT_FOUND and shutil.which(program) is None:
                message = f"there is no editor {excerpt(program)}"
            raise self.kept(ProcrunError(message, "$VISUAL or $EDITOR names another one."))


def _run_editor(editor: str, path: str) -> int:
    before = signal.signal(signal.SIGINT, lambda *_received: None)  # Ctrl-C is the editor's
    try:
        command = ("/bin/sh", "-c", f'trap : INT; {editor} "$@"', "sh", path)
        return subprocess.run(command, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def _installed() -> str:
    found = next(filter(shutil.which, _EDITORS), None)
    if found is None:
        raise ProcrunError("there is no editor", "Set EDITOR to the one that you use.")
    return found


def _wants_to_go_on(error: ProcrunError) -> bool:
    """Whether the mistakes, which are told, are to be mended now; False where nobody can say."""
    if not (os.isatty(0) and os.isatty(2)):
        return False
    sys.stderr.write(f"{in_words(error.problems)}Edit again? [Y/n] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return bool(answer) and not answer.strip().lower().startswith("n")


def _unreadable(error: OSError) -> ProcrunError:
    return ProcrunError(f"what the editor saved cannot be read: {error.strerror}")
