"""GET /v1/models lists what a token may ask: its user's assistants, their labels and, with the scope for it, models without one."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from conversations.api import assistants
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.models import Audience, Scope, SystemPrompt, User
from tests.support.api import client_of, error_of, token_of


@pytest.fixture(autouse=True)
def model(settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "sk-test", "raw-model"


@pytest.fixture
def prompts(db: None) -> dict[str, SystemPrompt]:
    SystemPrompt.objects.all().delete()
    made = {}
    for slug, audience in (("helper", Audience.EVERYONE), ("tutor", Audience.EVERYONE), ("internal", Audience.STAFF)):
        made[slug] = SystemPrompt.objects.create(slug=slug, name=slug.title(), audience=audience)
        made[slug].publish(text=f"You are the {slug}.")
    made["helper"].publish(text="You are the better helper.", label="staging")
    SystemPrompt.objects.create(slug="unpublished", name="Unpublished")
    return made


def ids(client: Client) -> list[str]:
    response = client.get("/v1/models")
    assert response.json()["object"] == "list"
    return [one["id"] for one in response.json()["data"]]


def test_what_a_user_may_choose(alice: User, prompts: dict[str, SystemPrompt]) -> None:
    assert ids(client_of(alice, "chat")) == ["helper", "tutor"]
    assert ids(client_of(alice, "chat", "raw_models")) == ["helper", "tutor", "raw-model"]
    alice.is_staff = True
    alice.save()
    assert ids(client_of(alice, "chat")) == ["helper", "internal", "tutor"]


def test_labels_for_those_who_may_chat_with_them(alice: User, prompts: dict[str, SystemPrompt]) -> None:
    client = client_of(alice, "chat")
    assert client.get("/v1/models/helper@staging").status_code == 404
    alice.user_permissions.add(Permission.objects.get(codename="stage_systemprompt"))
    client = client_of(alice, "chat")
    assert ids(client) == ["helper", "helper@staging", "tutor"]
    assert client.get("/v1/models/helper@staging").json()["id"] == "helper@staging"
    assert client.get("/v1/models/helper@live").json()["id"] == "helper"


def test_only_the_assistants_of_the_token(alice: User, prompts: dict[str, SystemPrompt]) -> None:
    secret, token = token_of(alice, "chat", is_limited_to_prompts=True)
    token.prompts.add(prompts["tutor"], prompts["internal"])
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert ids(client) == ["tutor"]
    assert client.get("/v1/models/helper").status_code == 404


def test_a_token_whose_assistants_are_gone_may_ask_none(alice: User, prompts: dict[str, SystemPrompt]) -> None:
    secret, token = token_of(alice, "chat", is_limited_to_prompts=True)
    token.prompts.add(prompts["tutor"])
    prompts["tutor"].delete()
    assert ids(Client(headers={"Authorization": f"Bearer {secret}"})) == []


@pytest.mark.parametrize("model", ["internal", "unpublished", "raw-model", "helper@nothing", "a/b", "helper@"])
def test_all_else_does_not_exist(alice: User, prompts: dict[str, SystemPrompt], model: str) -> None:
    response = client_of(alice, "chat").get(f"/v1/models/{model}")
    if model == "helper@":
        assert response.json()["id"] == "helper"
        return
    assert response.status_code == 404 and error_of(response)["code"] == "model_not_found"


def test_the_built_in_model_answers_programs_by_its_own_name_alone(alice: User, prompts: dict[str, SystemPrompt], settings: Any) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_MODEL = None
    client = client_of(alice, "chat", "raw_models")
    (name,) = [one for one in ids(client) if one not in prompts]
    caller = Caller(alice, token_of(alice)[1], frozenset({Scope.RAW_MODELS}), None)
    assert assistants.asked(caller, name) == name
    with pytest.raises(ApiError, match="does not exist"):
        assistants.asked(caller, "a-model")


@pytest.mark.every_database
@pytest.mark.parametrize("path", ["models/a%00b", "models/helper@%00", "prompts/helper?label=%00", "prompts?after=%00"])
def test_a_character_that_postgresql_has_not_names_nothing(admin: User, prompts: dict[str, SystemPrompt], path: str) -> None:
    response = client_of(admin).get(f"/v1/{path}")
    assert response.status_code in (400, 404) and error_of(response)["type"] == "invalid_request_error"
