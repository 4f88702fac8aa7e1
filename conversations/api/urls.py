"""The addresses below /v1/."""

from django.urls import path

from . import model_list, usage_report
from .chat import views as chat
from .endpoints import endpoint
from .openapi import document
from .passthrough import audio, embeddings, images, speech
from .prompts import drafting, publishing, reading
from .responses import stored, stored_input
from .responses import views as responses

urlpatterns = [
    path("openapi.json", document.shown, name="api_description"),
    path("chat/completions", endpoint(asks_models=True, POST=chat.create), name="api_chat_completions"),
    path("embeddings", endpoint(asks_models=True, POST=embeddings.create), name="api_embeddings"),
    path("audio/speech", endpoint(asks_models=True, POST=speech.create), name="api_speech"),
    path("audio/transcriptions", endpoint(asks_models=True, POST=audio.transcribe), name="api_transcriptions"),
    path("audio/translations", endpoint(asks_models=True, POST=audio.translate), name="api_translations"),
    path("images/edits", endpoint(asks_models=True, POST=images.edit), name="api_image_edits"),
    path("images/generations", endpoint(asks_models=True, POST=images.generate), name="api_images"),
    path("models", endpoint(GET=model_list.listed), name="api_models"),
    path("models/<path:model>", endpoint(GET=model_list.one), name="api_model"),
    path("prompts", endpoint(GET=reading.listed), name="api_prompts"),
    path("prompts/<slug:slug>", endpoint(GET=reading.one), name="api_prompt"),
    path("prompts/<slug:slug>/draft", endpoint(GET=drafting.shown, PUT=drafting.save), name="api_prompt_draft"),
    path("prompts/<slug:slug>/publish", endpoint(POST=publishing.publish), name="api_publish_prompt"),
    path("responses", endpoint(asks_models=True, POST=responses.create), name="api_responses"),
    path("responses/<str:response>", endpoint(GET=stored.show, DELETE=stored.delete), name="api_response"),
    path("responses/<str:response>/cancel", endpoint(POST=stored.cancel), name="api_cancel_response"),
    path("responses/<str:response>/feedback", endpoint(POST=stored.give_feedback), name="api_feedback"),
    path("responses/<str:response>/input_items", endpoint(GET=stored_input.listed), name="api_input_items"),
    path("usage", endpoint(GET=usage_report.of_month), name="api_usage"),
]
