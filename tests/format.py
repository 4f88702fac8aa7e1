"""Format the code as `make check` asks for: Python with Ruff, JavaScript, CSS and JSON with Prettier."""

import subprocess
import sys

from .check import PRETTIER, ROOT, RUFF_FORMAT


def main() -> int:
    """Answer how many of the two failed."""
    return sum(subprocess.run(command, cwd=ROOT, check=False).returncode != 0 for command in (RUFF_FORMAT, [*PRETTIER, "--write"]))


if __name__ == "__main__":
    sys.exit(main())
