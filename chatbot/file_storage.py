"""Where users' files are stored: in a folder, or in a bucket."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

KEPT_IN_MEMORY_BYTES = 1024 * 1024
"""Of what is read from a bucket; the rest goes through a temporary file."""


def storage_of_files(data_dir: Path, bucket: str, endpoint: str, folder: str) -> dict[str, Any]:
    """For STORAGES; without a bucket it is a folder. Raises ImproperlyConfigured where the packages for a bucket are missing."""
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": data_dir / "media", "base_url": None}}
    if find_spec("storages") is None:
        missing = "which are installed by .venv/bin/pip install --no-deps --require-hashes -r requirements/s3.txt"
        raise ImproperlyConfigured(f"FILES_S3_BUCKET needs the packages of requirements/s3.txt, {missing}.")
    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint or None,
        "location": folder.strip("/ "),
        "default_acl": None,  # as the bucket says, which is private unless its owner made it otherwise
        "file_overwrite": True,  # each name is drawn, so it need not be asked whether it is there
        "max_memory_size": KEPT_IN_MEMORY_BYTES,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
