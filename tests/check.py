"""Everything that can be said about the code without running it: format, lint, types, import contracts, deployment, migrations."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chatbot.settings_table import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NODE_PROGRAMS = ROOT / "node_modules" / ".bin"

RUFF_FORMAT = [PYTHON, "-m", "ruff", "format", "--quiet", "."]
PRETTIER = [str(NODE_PROGRAMS / "prettier"), "--log-level=warn", "--cache", "static", "types", "tests", "package.json", "tsconfig.json"]

STEPS = {
    "Format of Python": [*RUFF_FORMAT, "--check"],
    "Format of JavaScript and CSS": [*PRETTIER, "--check"],
    "Lint": [PYTHON, "-m", "ruff", "check", "--quiet", "--output-format=concise", "."],
    "Python types": [PYTHON, "-m", "mypy"],
    "JavaScript types": [str(NODE_PROGRAMS / "tsc"), "--project", "tsconfig.json", "--noEmit"],
    "Import contracts": [str(Path(PYTHON).parent / "lint-imports"), "--no-cache"],
    "Deployment": [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "Migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "Settings pages": [PYTHON, "-m", "chatbot.settings_pages", "--check"],
    "Addresses": [PYTHON, "-m", "tests.guards"],
}


def main(wanted: list[str]) -> int:
    """Run the steps whose name begins with one of `wanted` (all of them by default); answer how many failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **production(folder)}
        for name, command in STEPS.items():
            if wanted and not name.lower().startswith(tuple(word.lower() for word in wanted)):
                continue
            begun = time.monotonic()
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - begun:.1f} s)", flush=True)
            if done.returncode:
                failed += 1
                print((done.stdout + done.stderr).strip(), flush=True)
    return failed


def production(folder: str) -> dict[str, str]:
    """Settings like those of a real site, and none of this machine's."""
    return {
        **dict.fromkeys(SETTINGS, ""),
        "ALLOWED_HOSTS": "chat.example.org",
        "BEHIND_TLS": "on",
        "DATA_DIR": folder,
        "SECRET_KEY": secrets.token_urlsafe(50),
    }


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
