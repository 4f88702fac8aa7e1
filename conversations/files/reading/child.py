"""A process that reads one file, its standard input, and says what is in it. Started by process.py as a plain script.

It knows nothing of Django, and takes the means from itself by which a hostile file could harm others before it reads anything.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from conversations.files.reading import confinement
from conversations.files.reading.bounds import CHILD_CPU_SECONDS, CHILD_MEMORY_BYTES, CHILD_WALL_SECONDS
from conversations.files.reading.reading import draw, read
from conversations.files.reading.result import Unreadable


def main() -> None:
    """The name's extension is the only argument; or, after it, the number of a PDF's page to be drawn."""
    confinement.limit(CHILD_MEMORY_BYTES, CHILD_CPU_SECONDS, CHILD_WALL_SECONDS)
    with os.fdopen(0, "rb") as file, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # whatever a library prints is no answer
        said, blobs = _read(file)
        said["blobs"] = [len(blob) for blob in blobs]
        header = json.dumps(said).encode()
        answers.write(len(header).to_bytes(4, "big") + header + b"".join(blobs))
    # What libraries do at the end could still fail, and nothing waits for it.
    os._exit(0)


def _read(file: object) -> tuple[dict[str, object], list[bytes]]:
    try:
        if len(sys.argv) > 2:
            width, height, picture = draw(file, int(sys.argv[2]), confine=confinement.confine)  # type: ignore[arg-type]
            return {"picture": [width, height]}, [picture]
        found = read(file, sys.argv[1], confine=confinement.confine)  # type: ignore[arg-type]
    except Unreadable as error:
        return {"unreadable": str(error)}, []
    except MemoryError:
        return {"failed": "memory"}, []
    except Exception as error:  # noqa: BLE001  (a file can make a library raise anything)
        return {"failed": f"{type(error).__name__}: {error}"[:500]}, []
    fields = {name: value for name, value in vars(found).items() if name not in ("image", "thumbnail")}
    return {"reading": fields}, [blob for blob in (found.image, found.thumbnail) if blob is not None]


if __name__ == "__main__":
    main()
