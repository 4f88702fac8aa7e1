"""A provider can be sent an address in place of a file: good for that file, for GET, and for some minutes, and shown nowhere."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.files.storage import InMemoryStorage
from django.test import Client
from django.utils.log import request_logger

from conversations.files import signed_addresses
from conversations.models import File, Model, Provider, User
from conversations.providers.redaction import redacted
from conversations.routing import catalog
from tests.support.admin_pages import provider_at, submit, url
from tests.support.files import PNG, stored_file, stored_image
from tests.support.scripted_openai import Finish, Text
from tests.support.socket_client import Socket
from tests.support.two_providers import MODEL, Providers

HERE = "https://chat.example.org"


@async_to_sync
async def content_of(response: Any) -> bytes:
    return b"".join([piece async for piece in response.streaming_content])


@pytest.fixture
def address(db: None, alice: User, settings: Any) -> str:
    settings.SITE_URL = HERE
    return signed_addresses.of(stored_image(alice), "site").removeprefix(HERE)


def test_it_is_read_without_signing_in_and_never_shown(client: Client, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, content_of(response), response["Content-Type"]) == (200, PNG, "image/png")
    assert response["Content-Disposition"].startswith("attachment") and response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert [client.post(address).status_code, client.head(address).status_code, client.delete(address).status_code] == [405] * 3


def test_it_is_good_for_that_file_alone_and_for_a_while(client: Client, address: str, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(request_logger, "warning", lambda message, *arguments, **_: logged.append(message % arguments))
    path, _, query = address.partition("?")
    other = stored_file(alice, b"Another")
    until, signature = re.findall(r"=([^&]*)", query)
    file = File.objects.get(name="sun.png")
    wrong = [
        f"/files/{other.pk}/signed/?{query}",
        f"{path}?until={int(until) + 1}&signature={signature}",
        f"{path}?until={until}&signature={signature[:-1]}",
        f"{path}?until=&signature={signature}",
        f"{path}?until={'9' * 5000}&signature={signature}",
        f"{path}?until=١٢٣&signature=ü",
        path,
    ]
    assert [client.get(one).status_code for one in wrong] == [404] * len(wrong)
    assert signature not in "".join(logged) and str(file.pk) in "".join(logged)
    assert client.get(address).status_code == 200
    monkeypatch.setattr(signed_addresses, "VALID_SECONDS", -1)
    assert client.get(signed_addresses.of(file, "site").removeprefix(HERE)).status_code == 404
    file.delete()
    assert client.get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("api", ["responses", "chat_completions"])
async def test_it_is_sent_in_place_of_the_file_where_the_api_takes_one(providers: Providers, alice: User, settings: Any, api: str) -> None:
    settings.SITE_URL = HERE
    await Provider.objects.filter(pk=providers.near_row.pk).aupdate(files_as="site", api=api)
    await Model.objects.filter(name=MODEL).aupdate(takes_images=True, takes_documents=True)
    catalog.forget()
    sun = await sync_to_async(stored_image)(alice)
    pdf = await sync_to_async(stored_file)(alice, b"%PDF-", "a.pdf", content_type="application/pdf", text="Pages")
    providers.near.script(Text("A sun"), Finish())
    async with Socket(alice) as socket:
        await socket.send("What is it?", attachments=[sun.pk, pdf.pk])
        await socket.until("finished")
    body = providers.near.streams[0].body
    content = (body.get("messages") or body["input"])[-1]["content"]
    shown = content[0]["image_url"]
    assert (shown["url"] if api == "chat_completions" else shown).startswith(f"{HERE}/files/{sun.pk}/signed/?until=")
    if api == "responses":
        assert content[1].keys() == {"type", "file_url"} and content[1]["file_url"].startswith(f"{HERE}/files/{pdf.pk}/signed/?")
        assert "base64" not in json.dumps(body)
    else:
        assert content[1]["file"]["file_data"] == "data:application/pdf;base64,JVBERi0="


def test_a_bucket_signs_for_itself(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bucket(InMemoryStorage):
        querystring_auth = True

        def url(self, name: str | None, parameters: Any = None, expire: int = 0) -> str:
            return f"https://bucket.example/{name}?{parameters}&X-Amz-Expires={expire}"

    monkeypatch.setattr(signed_addresses, "files_storage", Bucket)
    file = stored_image(alice)
    assert signed_addresses.of(file, "bucket") == (
        f"https://bucket.example/{file.content.name}?{{'ResponseContentType': 'image/png'}}&X-Amz-Expires=900"
    )


@pytest.mark.parametrize("here", ["", "http://chat.example.org", "https://localhost", "https://10.1.2.3", "https://[::1]", "https://chat"])
def test_the_admin_refuses_it_where_no_provider_could_fetch_anything(
    client: Client, admin: User, alice: User, settings: Any, here: str
) -> None:
    settings.SITE_URL = here
    client.force_login(admin)
    provider = provider_at("https://house.example/v1")
    page = url("provider_change", provider.pk)
    for sent_as, told in (("site", "no public address: set SITE_URL"), ("bucket", "not in a bucket: see FILES_S3_BUCKET")):
        assert told in submit(client, page, "provider_form", files_as=sent_as).content.decode()
        assert signed_addresses.of(stored_image(alice) if sent_as == "site" else File.objects.get(), sent_as) == "", (
            "Base64 is sent instead."
        )
    settings.SITE_URL = HERE
    submit(client, page, "provider_form", files_as="site")
    provider.refresh_from_db()
    assert provider.files_as == "site"


def test_what_a_provider_says_of_it_is_kept_without_the_signature() -> None:
    said = redacted(
        f"Can't download {HERE}/files/1/signed/?until=5&signature=abc_def-1 or https://b.example/x?X-Amz-Signature=ff00&X-Amz-Expires=9"
    )
    assert "abc_def" not in said and "ff00" not in said and "until=5" in said
