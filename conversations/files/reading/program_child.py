"""Becomes a program of the system's, such as tesseract, that reads its standard input, after it has given up most means to harm.

Started as a plain script.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from conversations.files.reading import confinement
from conversations.files.reading.bounds import CHILD_MEMORY_BYTES


def main() -> None:
    """Seconds of processor time, seconds, the program's path and its arguments are the arguments."""
    cpu_seconds, wall_seconds, program, *arguments = sys.argv[1:]
    confinement.limit(CHILD_MEMORY_BYTES, int(cpu_seconds), int(wall_seconds))
    confinement.confine(keep_files=True)
    os.execve(program, [program, *arguments], {"LANG": "C.UTF-8", "OMP_THREAD_LIMIT": "1"})  # noqa: S606  (the system's)


if __name__ == "__main__":
    main()
