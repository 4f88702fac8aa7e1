"""The addresses below /v1/."""

from django.urls import path

from . import model_list
from .endpoints import endpoint

urlpatterns = [
    path("models", endpoint(GET=model_list.listed), name="api_models"),
    path("models/<path:model>", endpoint(GET=model_list.one), name="api_model"),
]
