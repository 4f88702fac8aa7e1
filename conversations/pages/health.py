"""For whatever watches the process: is it alive, and can it work."""

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return HttpResponse("the database is away\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
