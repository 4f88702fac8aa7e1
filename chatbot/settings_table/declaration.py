"""What is declared of a setting, and of those that belong together."""

from dataclasses import dataclass
from math import inf
from typing import Literal

Kind = Literal[
    "text", "on or off", "whole number", "number", "list", "choice", "address", "host names", "origin", "origins", "path", "time zone"
]
Value = str | bool | int | float | list[str] | None


@dataclass(frozen=True)
class Setting:
    name: str
    kind: Kind
    default: Value  # what counts where neither the environment nor .env says anything; None where others decide it
    meaning: str  # in Markdown
    otherwise: str = ""  # what an empty default stands for, or what it depends on
    example: str = ""  # for .env.example, where the default shows nothing
    choices: tuple[str, ...] = ()
    least: float = -inf  # of a number
    most: float = inf
    schemes: tuple[str, ...] = ()  # of an address
    secret: bool = False

    @property
    def range(self) -> str:
        """In words, for a number that has one."""
        if self.most < inf:
            return f"from {self.least:g} to {self.most:g}"
        return f"at least {self.least:g}" if self.least > -inf else ""


@dataclass(frozen=True)
class Group:
    title: str
    settings: tuple[Setting, ...]
    introduction: str = ""
