"""Files that arrive in pieces, so that a lost connection or a reload costs only the last one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .files import MAX_FILE_NAME_CHARACTERS, File, files_storage, random_name
from .identifiers import new_id


class Upload(models.Model):
    """What has come of a file. Each piece is stored before its arrival is acknowledged."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=MAX_FILE_NAME_CHARACTERS)
    size = models.PositiveBigIntegerField(help_text="Bytes that it will have.")
    offset = models.PositiveBigIntegerField(default=0, help_text="Bytes that have come.")
    file = models.ForeignKey(File, null=True, on_delete=models.CASCADE, related_name="uploads", help_text="What it became.")
    updated = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"Upload {self.pk}"

    @property
    def stored(self) -> list[str]:
        """The names of all that is stored of it, in order."""
        return list(self.pieces.values_list("content", flat=True))


class UploadPiece(models.Model):
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    offset = models.PositiveBigIntegerField()
    content = models.FileField(storage=files_storage, upload_to=random_name)

    class Meta:
        ordering = ["offset"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["upload", "offset"], name="a_piece_once_per_upload")]

    def __str__(self) -> str:
        return f"Piece of upload {self.upload_id} from {self.offset:,}"
