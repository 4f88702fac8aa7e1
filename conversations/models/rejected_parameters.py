from django.db import models

from .identifiers import new_id


class RejectedParameter(models.Model):
    """A parameter that a model refused by name: it is left out from then on. Deleting the row tries it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    base_url = models.CharField(max_length=300)
    model = models.CharField(max_length=200)
    parameter = models.CharField(max_length=60)
    created = models.DateTimeField("first seen", auto_now_add=True)

    class Meta:
        verbose_name = "refused parameter"
        ordering = ["-created"]
        constraints = [models.UniqueConstraint(fields=["base_url", "model", "parameter"], name="rejected_parameter_once")]

    def __str__(self) -> str:
        return f"{self.model}: {self.parameter}"
