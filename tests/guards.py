"""Files that are handed on name no download address and no folder of the machine they were written on."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Written in pieces, so that this file passes its own check.
FORBIDDEN = {
    "a package registry's address": [
        r"pypi\.(org|python)",
        r"python" r"hosted\.org",
        r"registry\.(npm" r"js|yarn" r"pkg)",
        r"npm" r"mirror\.com",
        r"(cdn\.jsde" r"livr|unp" r"kg\.com|cdn" r"js\.cloudflare|es" r"m\.sh/)",
    ],
    "where a package was downloaded from": [r'"resolved": *"http', r"--(extra-)?index-" r"url[= ]http", r"--find-" r"links[= ]\S"],
    "a folder of one machine": [r"(?<![\w.])/" r"(work|root)/[a-z.]"],
}
UNREAD = {".png", ".ico", ".woff", ".woff2", ".gguf"}


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    found = 0
    for name in sorted(filter(None, listed.stdout.decode().split("\0"))):
        path = ROOT / name
        if path.suffix in UNREAD or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for what, patterns in FORBIDDEN.items():
                if any(re.search(pattern, line, re.IGNORECASE) for pattern in patterns):
                    print(f"{name}:{number}: names {what}: {line.strip()[:120]}")
                    found += 1
    return min(found, 1)


if __name__ == "__main__":
    sys.exit(main())
