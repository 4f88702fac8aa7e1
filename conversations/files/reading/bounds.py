"""What reading a file may take, and what it may give."""

MIB = 1024 * 1024

CHILD_MEMORY_BYTES = 1024 * MIB
"""Address space, of which a reader's libraries take some 150 MiB."""
CHILD_CPU_SECONDS = 20
CHILD_WALL_SECONDS = 60
PAGES_CPU_SECONDS = 12
"""After so long no further page is begun, and what has been read is kept."""
MAX_ANSWER_BYTES = 64 * MIB
"""Of all that the child process says."""

MAX_CHARACTERS = 1_000_000
MAX_PAGES = 2_000

PICTURE_PIXELS = 12_000_000
"""Of a page that is drawn: A4 with 300 a inch has 9 million."""
RECOGNISED_PAGES = 50
RECOGNITION_SECONDS = 180
"""After so long no further page is recognised, and what has been read is kept."""

SOUND_CPU_SECONDS, SOUND_WALL_SECONDS = 120, 300
"""Of ffmpeg. An hour of sound takes some ten seconds of processor time."""
MAX_SOUND_SECONDS = 4 * 3600

MAX_PIXELS = 120_000_000
"""Of an image as it comes. Cameras of phones make up to 108 megapixels by default; each takes four bytes."""
IMAGE_PIXELS = 2_048
THUMBNAIL_PIXELS = 512
"""Of the longer side."""
