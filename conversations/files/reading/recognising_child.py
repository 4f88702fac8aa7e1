"""Becomes tesseract, which recognises the text of one picture, after it has given up most means to harm. Started as a plain script."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from conversations.files.reading import confinement
from conversations.files.reading.bounds import CHILD_CPU_SECONDS, CHILD_MEMORY_BYTES, CHILD_WALL_SECONDS


def main() -> None:
    """The program's path and the languages are the arguments."""
    program, languages = sys.argv[1:]
    confinement.limit(CHILD_MEMORY_BYTES, CHILD_CPU_SECONDS, CHILD_WALL_SECONDS)
    confinement.confine(keep_files=True)
    os.execve(program, [program, "stdin", "stdout", "-l", languages], {"LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1"})  # noqa: S606  (the system's)


if __name__ == "__main__":
    main()
