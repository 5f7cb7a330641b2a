"""A command line as a shell would read it, as far as `check` wants to know.

It finds the words of the first command and of all others, the variables that are used, and those
that the command sets itself. What it can't tell from the text alone it leaves open, so that nobody
is warned of what is right.
"""

from __future__ import annotations

from procrun.value import Value

# After these a command's name still follows.
_KEYWORDS = frozenset(("!", "{", "do", "elif", "else", "if", "then", "time", "until", "while"))
# The words after these are names of variables that they set.
_SETTERS = frozenset(("for", "getopts", "mapfile", "printf", "read", "readarray", "select"))
# These run text that may set anything.
_OPAQUE = frozenset((".", "eval", "source"))
_BLANKS = " \t\r"
_ENDS_WORD = f"{_BLANKS}\n;&|()<>"
_GLOBS = "*?[{"


class Simple(Value):
    """One command of a command line: what the shell starts with one name and its arguments.

    Words are without their quotes and without `if` and the like before the name; what a shell
    would replace stands in them as it was written.
    """

    words: tuple[str, ...]
    assigned: tuple[tuple[str, str], ...] = ()  # variables that are set for it, or for what follows
    written: tuple[str, ...] = ()  # files that what it writes is sent to
    goes_on: bool = False  # while the shell goes on to the next one


class Reading(Value):
    """What stands in a command line."""

    first: tuple[str | None, ...]  # the words of its first command; None for what is not literal
    uses: tuple[str, ...]  # variables that it takes from outside and gives no default
    unclosed: str = ""  # the quote or bracket that is never closed
    commands: tuple[Simple, ...] = ()  # all of them, each after those that stand in its words


class _Unclosed(Exception):
    """Something is never closed: the message says what."""


def read(command: str) -> Reading:
    """Read a command line; never fails."""
    reader = _Reader(command)
    try:
        reader.commands("")
    except _Unclosed as error:
        return Reading((), (), str(error))
    except RecursionError:  # nobody nests so deep on purpose
        return Reading((), ())
    uses = dict.fromkeys(name for name in reader.uses if name not in reader.assigned)
    outside = () if reader.is_opaque else tuple(uses)
    return Reading(tuple(reader.first), outside, commands=tuple(reader.simple))


def is_variable(name: str) -> bool:
    """Whether a shell can have a variable of this name."""
    return name.isascii() and name.isidentifier()


class _Command:
    """A simple command that is being read."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.assigned: list[tuple[str, str]] = []
        self.written: list[str] = []


class _Reader:
    """A recursive descent through the text. Every method starts at the place where it is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends: list[str] = []  # what ends the commands that are being read, innermost last
        self._first_ended = False  # the first command
        self._setting = False  # words that follow are names of variables to set
        self.first: list[str | None] = []
        self.uses: list[str] = []
        self.assigned: set[str] = set()
        self.is_opaque = False
        self.simple: list[Simple] = []
        self._command = _Command()

    def commands(self, end: str) -> None:
        """Read commands up to `end`: the text's own, a bracket or a backtick."""
        self._ends.append(end)
        around, self._command = self._command, _Command()
        names_follow = True  # a command's name is next, not an argument
        while (letter := self._skip_blanks()) != end:
            if not letter:
                raise _Unclosed("(" if end == ")" else end)
            if letter in "<>":
                self._at += 1
                self._redirect()
            elif letter in _ENDS_WORD:
                self._operator(letter)
                names_follow = True
            else:
                names_follow = self._argument(names_follow=names_follow)
        self._at += len(end)
        self._ends.pop()
        self._close()
        self._command = around

    def _close(self, *, goes_on: bool = False) -> None:
        """The simple command that was read is complete."""
        read, self._command = self._command, _Command()
        if read.words or read.assigned or read.written:
            parts = tuple(read.words), tuple(read.assigned), tuple(read.written)
            self.simple.append(Simple(*parts, goes_on))

    def _skip_blanks(self) -> str:
        """The first letter of what comes next; "" at the end."""
        while (letter := self._peek()) and letter in _BLANKS:
            self._at += 1
        if letter == "#":
            rest = self._text.find("\n", self._at)
            self._at = len(self._text) if rest < 0 else rest
        return self._peek()

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _redirect(self) -> None:
        """Read what stands after < or >, which is no word of the command."""
        start = self._at - 1
        while self._peek() and self._peek() in "<>&|":
            self._at += 1
        operator = self._text[start : self._at]
        if self._peek() == "(":
            self._at += 1
            self.commands(")")
        elif (letter := self._skip_blanks()) and letter not in _ENDS_WORD:
            start = self._at
            word = self._word()
            target = self._unquoted(word, start)
            is_descriptor = "&" in operator and (target.isdecimal() or target == "-")
            if ">" in operator and not is_descriptor:
                self._command.written.append(target)

    def _unquoted(self, word: str | None, start: int) -> str:
        """A word that began there, without its quotes."""
        if word is not None:
            return word
        return self._text[start : self._at].replace('"', "").replace("'", "")

    def _operator(self, letter: str) -> None:
        before, self._at = self._text[self._at - 1 : self._at], self._at + 1
        around = (before, self._peek())
        if letter in ";|\n" or (letter == "&" and around[1] != ">"):  # &> is a redirection
            self._close(goes_on=letter == "&" and "&" not in around)
        self._setting = False
        is_first = len(self._ends) == 1 and not self._first_ended
        if letter == "(":  # a subshell, a list, or the definition of a function
            if is_first:
                self.first = [None]
            self.commands(")")
        if is_first:
            self._first_ended = True

    def _argument(self, *, names_follow: bool) -> bool:
        """Read a word of a command; whether the command's name still follows."""
        start = self._at
        word = self._word()
        raw = self._text[start : self._at]
        name, equals, _ = raw.partition("=")
        name = name.removesuffix("+")
        is_assignment = bool(equals) and is_variable(name)
        if is_assignment or (self._setting and is_variable(raw)):
            self.assigned.add(name)
        is_descriptor = raw.isdecimal() and self._peek() in ("<", ">")  # 2>/dev/null
        text = self._unquoted(word, start)
        if names_follow and is_assignment:
            self._command.assigned.append((name, text.partition("=")[2]))
        elif not is_descriptor and not (names_follow and word in _KEYWORDS):
            self._command.words.append(text)
        if is_descriptor or (names_follow and is_assignment):
            return names_follow
        if len(self._ends) == 1 and not self._first_ended:
            self.first.append(word)
        if not names_follow:
            return False
        self._setting = word in _SETTERS
        self.is_opaque |= word in _OPAQUE
        return word in _KEYWORDS

    def _word(self) -> str | None:
        """Read a word; its text without quotes, or None where that depends on more than it."""
        parts: list[str | None] = []
        start = self._at
        while (letter := self._peek()) and letter not in _ENDS_WORD:
            if letter == "`" and self._ends[-1] == "`":
                break
            parts.append(self._part(letter))
        raw = self._text[start : self._at]
        if raw in ("[", "[[", "{"):
            return raw
        if None in parts or raw.startswith("~"):
            return None
        return "".join(part for part in parts if part is not None)

    def _part(self, letter: str) -> str | None:
        """Read one letter of a word or what is quoted there; None for what is not literal."""
        self._at += 1
        if letter == "'":
            return self._single()
        if letter == '"':
            return self._double()
        if letter == "\\":
            self._at += 1
            return self._text[self._at - 1 : self._at]
        if letter == "$":
            return self._dollar()
        if letter == "`":
            self.commands("`")
            return None
        return None if letter in _GLOBS else letter

    def _single(self) -> str:
        end = self._text.find("'", self._at)
        if end < 0:
            raise _Unclosed("'")
        start, self._at = self._at, end + 1
        return self._text[start:end]

    def _double(self) -> str | None:
        start = self._at
        is_literal = self._until('"')
        text = self._text[start : self._at - 1]
        return text if is_literal and "\\" not in text else None

    def _until(self, end: str) -> bool:
        """Read up to a closing letter; whether there is nothing to expand before it."""
        is_literal = True
        while (letter := self._peek()) != end:
            if not letter:
                raise _Unclosed({"}": "${", ")": "$(("}.get(end, end))
            self._at += 1
            if letter == "\\":
                self._at += 1
            elif letter == "$":
                is_literal &= self._dollar() is not None
            elif letter == "`":
                is_literal = False
                self.commands("`")
            elif letter == '"':
                self._until('"')
            elif letter == "(" and end == ")":
                self._until(")")
        self._at += 1
        return is_literal

    def _dollar(self) -> str | None:
        """Read what stands after a $; that $ itself where it means nothing."""
        letter = self._peek()
        if letter == "(":
            self._at += 1
            if self._peek() == "(":  # arithmetic, where names need no $
                self._until(")")
            else:
                self.commands(")")
        elif letter == "{":
            self._at += 1
            self._braces()
        elif letter == "'":
            self._at += 1
            while self._peek() not in ("'", ""):
                self._at += 2 if self._peek() == "\\" else 1
            self._single()
        elif name := self._name():
            self.uses.append(name)
        elif letter and letter in "0123456789@*#?$!-":
            self._at += 1
        else:
            return "$"
        return None

    def _name(self) -> str:
        end = self._at
        while is_variable(self._text[self._at : end + 1]) and end < len(self._text):
            end += 1
        start, self._at = self._at, end
        return self._text[start:end]

    def _braces(self) -> None:
        """Read the rest of ${...}: a length, a plain name, a default, a part."""
        if self._peek() and self._peek() in "#!":
            self._at += 1
        name = self._name()
        operator = self._text[self._at : self._at + 2].lstrip(":")[:1]
        if operator == "=":
            self.assigned.add(name)
        elif name and (not operator or operator not in "-+"):
            self.uses.append(name)
        self._until("}")
