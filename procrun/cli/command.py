"""What a command is, and what an option is."""

from __future__ import annotations

from procrun.value import Value


class Option(Value):
    """One option. Without a `metavar` it is a flag that stands for `value`.

    With one in brackets, `[GLOB]`, it stands for `value` where it is given alone.
    """

    flags: tuple[str, ...]
    meaning: str
    metavar: str = ""
    setting: str = ""  # the setting that it gives; "" for a flag of the command's own
    value: object = True
    several: bool = False  # may be given several times
    choices: tuple[str, ...] = ()  # the values that it takes, where there are few

    @property
    def name(self) -> str:
        """What it is called: its first long flag without the dashes."""
        return next(flag for flag in self.flags if flag.startswith("--"))[2:]

    @property
    def may_stand_alone(self) -> bool:
        """Whether its value, if there is one, may be left out."""
        return self.metavar[:1] in ("", "[")


class Command(Value):
    """One command; `function` is imported when it is called."""

    name: str
    words: str  # what may follow, for the usage line
    summary: str
    function: str  # "module:function" within procrun.cli
    options: tuple[Option, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()  # (command line, what it does)
    choices: tuple[str, ...] = ()  # the words that it takes, where there are few

    @property
    def most_words(self) -> int | None:
        """How many words may follow; None for any number of them."""
        if not self.words:
            return 0
        return None if "…" in self.words else len(self.words.split())
