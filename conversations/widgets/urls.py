"""The addresses of widgets, each below a widget's key."""

from django.urls import path

from . import handover, script, talk
from .endpoints import endpoint

urlpatterns = [
    path("<str:key>.js", script.script, name="widget_script"),
    path("<str:key>/conversation", endpoint(GET=talk.show), name="widget_conversation"),
    path("<str:key>/handover", endpoint(POST=handover.offer), name="widget_handover"),
    path("<str:key>/messages", endpoint(POST=talk.send), name="widget_messages"),
    path("<str:key>/answers/<str:message>", endpoint(GET=talk.follow), name="widget_answer"),
    path("<str:key>/answers/<str:message>/stop", endpoint(POST=talk.stop), name="widget_stop"),
    path("<str:key>/answers/<str:message>/regenerate", endpoint(POST=talk.regenerate), name="widget_regenerate"),
    path("<str:key>/answers/<str:message>/feedback", endpoint(POST=talk.give_feedback), name="widget_feedback"),
]
