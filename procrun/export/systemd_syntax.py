"""How systemd reads unit files and environment files: see systemd.syntax(5), systemd.exec(5).

Pure functions, each from a value to the text that systemd reads as exactly that value. ValueError,
with what is wrong in a few words, where there is no such text.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_LINE = (1 << 20) - 1  # bytes; systemd reads no longer ones
LONGEST_NAME = 255  # characters of a unit's name
# Its own targets: see systemd.special(7). One of an app would be taken in the place of it.
_TARGETS = frozenset(
    "basic bluetooth boot-complete cryptsetup cryptsetup-pre ctrl-alt-del default emergency exit"
    " factory-reset final first-boot-complete getty getty-pre graphical graphical-session"
    " graphical-session-pre halt hibernate hybrid-sleep initrd initrd-fs initrd-root-device"
    " initrd-root-fs initrd-switch-root initrd-usr-fs integritysetup integritysetup-pre"
    " kbrequest kexec local-fs local-fs-pre machines multi-user network network-online"
    " network-pre nss-lookup nss-user-lookup paths poweroff printer reboot remote-cryptsetup"
    " remote-fs remote-fs-pre remote-veritysetup rescue rpcbind runlevel0 runlevel1 runlevel2"
    " runlevel3 runlevel4 runlevel5 runlevel6 shutdown sigpwr sleep slices smartcard sockets"
    " soft-reboot sound ssh-access storage-target-mode suspend suspend-then-hibernate swap"
    " sysinit system-update system-update-pre time-set time-sync timers tpm2 umount usb-gadget"
    " veritysetup veritysetup-pre xdg-desktop-autostart".split()
)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
_PLAIN = frozenset(f"{_LETTERS}{_DIGITS}_@+=:,./-")  # a word of these needs no quotes
_VARIABLE = frozenset(f"{_LETTERS}{_DIGITS}_")
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_IN_QUOTES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    **{chr(code): f"\\x{code:02x}" for code in (*range(1, 9), 11, 12, *range(14, 32), 127)},
}


def is_target_of_systemd(name: str) -> bool:
    """Whether a target of that name has a meaning for systemd already."""
    return name in _TARGETS


def exec_line(argv: Iterable[str]) -> str:
    """What ExecStart= is to be, for exactly this argv; the program's path is absolute."""
    program, *arguments = argv
    if program[:1] != "/":
        raise ValueError(f"{program!r} is not an absolute path")
    _refuse_control(program)
    return " ".join((word(program), *(word(each).replace("$", "$$") for each in arguments)))


def word(value: str) -> str:
    """One of several values, as in Environment= and ReadWritePaths=, where `$` means nothing."""
    text = _specifiers(_characters(value))
    if value and _PLAIN.issuperset(value):
        return text
    return '"' + "".join(_IN_QUOTES.get(char, char) for char in text) + '"'


def assignment(name: str, value: str) -> str:
    """A variable for Environment=, where systemd takes no control characters."""
    _refuse_control(value)
    return word(f"{variable_name(name)}={value}")


def path(value: str) -> str:
    """An absolute path that is a whole setting, such as WorkingDirectory=: nothing quotes there."""
    if value[:1] != "/":
        raise ValueError(f"{value!r} is not an absolute path")
    _refuse_control(value)
    ends_badly = value != value.rstrip() or value.endswith("\\")
    return _specifiers(_characters(value)) + ("/" if ends_badly else "")


def path_word(value: str) -> str:
    """An absolute path among several, as in ReadWritePaths=."""
    if value[:1] != "/":
        raise ValueError(f"{value!r} is not an absolute path")
    _refuse_control(value)
    return word(value)


def environment_line(name: str, value: str) -> str:
    """A variable in an environment file; a newline in the value is one in the file."""
    text = _characters(value)
    for char in '\\"$`':
        text = text.replace(char, f"\\{char}")
    return f'{variable_name(name)}="{text}"'


def variable_name(name: str) -> str:
    """The name of a variable as it is: others than these systemd ignores."""
    if not name or not _VARIABLE.issuperset(name) or name[0] in _DIGITS:
        raise ValueError("systemd takes no name of a variable but of letters, digits and _")
    return name


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _refuse_control(value: str) -> None:
    for char in value:
        if char < " " or "\x7f" <= char <= "\x9f":
            raise ValueError(f"systemd takes no control character there, such as {char!r}")


def _characters(value: str) -> str:
    """The value, of characters that systemd takes for Unicode text."""
    for char in value:
        code = ord(char)
        if code in _NONCHARACTERS or code & 0xFFFE == 0xFFFE:
            raise ValueError(f"systemd takes no U+{code:04X}, which Unicode keeps unassigned")
    return value
