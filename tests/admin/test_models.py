"""A model's form says what is known of it and what was corrected, and takes prices and efforts as administrators write them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from conversations.admin.models.abilities import ABILITIES
from conversations.models import Model, Origin, Provider, SystemPrompt, User
from conversations.providers.capabilities import Capabilities
from conversations.routing import catalog
from tests.support.admin_pages import logged, save_prompt, staff, submit, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]


@pytest.fixture
def openai_itself() -> Provider:
    return Provider.objects.create(name="OpenAI", base_url="https://api.openai.com/v1", api="responses")


@pytest.fixture
def model(openai_itself: Provider) -> Model:
    return Model.objects.create(provider=openai_itself, name="gpt-5.4-mini")


def help_texts(client: Client, model: Model) -> dict[str, str]:
    form = client.get(url("model_change", model.pk)).context["adminform"].form
    return {name: strip_tags(field.help_text).strip() for name, field in form.fields.items()}


def test_it_says_what_is_known_and_what_was_corrected(client: Client, model: Model) -> None:
    said = help_texts(client, model)
    assert said["window"].endswith("Known: 400,000.")
    assert said["takes_temperature"] == "Known: no."
    assert "Known: none, low, medium, high, xhigh." in said["efforts"]
    assert said["input_price"].endswith("Known: $0.75.")
    assert said["cached_price"].endswith("Known: $0.075.")
    Model.objects.update(window=100_000, takes_temperature=True, efforts=["low"], input_price=1, output_price=Decimal("4.5"))
    said = help_texts(client, model)
    assert said["window"].endswith("Known otherwise: 400,000. Corrected here.")
    assert said["takes_temperature"] == "Known otherwise: no. Corrected here."
    assert said["efforts"].endswith("Known otherwise: none, low, medium, high, xhigh. Corrected here.")
    assert said["input_price"].endswith("Known otherwise: $0.75. Corrected here.")
    assert said["output_price"].endswith("Known: $4.50.")


def test_what_nobody_knows_is_unknown(client: Client) -> None:
    own = Provider.objects.create(name="Own", base_url="http://localhost:8000/v1")
    said = help_texts(client, Model.objects.create(provider=own, name="made-up"))
    assert said["window"].endswith("Otherwise unknown.")
    assert said["input_price"].endswith("Otherwise unknown.")
    listed = client.get(url("model_changelist")).content.decode()
    assert "vision?, tools?, temperature?, reasoning?" in listed
    assert "unknown" in listed


def test_its_name_there_decides_what_is_known(client: Client, openai_itself: Provider) -> None:
    alias = Model.objects.create(provider=openai_itself, name="fast", name_there="gpt-5.4-mini")
    assert help_texts(client, alias)["window"].endswith("Known: 400,000.")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", None), ("-", []), ("Low,  high", ["low", "high"]), ("low low medium", ["low", "medium"])],
)
def test_efforts_are_written_with_commas(client: Client, model: Model, typed: str, kept: Any) -> None:
    submit(client, url("model_change", model.pk), "model_form", efforts=typed)
    model.refresh_from_db()
    assert model.efforts == kept
    submit(client, url("model_change", model.pk), "model_form")
    model.refresh_from_db()
    assert model.efforts == kept


def test_a_capability_is_yes_no_or_unknown(client: Client, model: Model) -> None:
    page = url("model_change", model.pk)
    for typed, kept in (("true", True), ("false", False), ("unknown", None)):
        submit(client, page, "model_form", takes_images=typed)
        model.refresh_from_db()
        assert model.takes_images is kept
    assert "PDF files" not in client.get(url("model_changelist")).content.decode()
    submit(client, page, "model_form", takes_documents="true")
    model.refresh_from_db()
    assert model.takes_documents is True
    assert "draws in answers, PDF files" in client.get(url("model_changelist")).content.decode(), "As its name says."
    submit(client, page, "model_form", draws_in_answers="false")
    assert ", draws in answers" not in client.get(url("model_changelist")).content.decode()
    submit(client, page, "model_form", draws="true")
    assert ", draws, PDF files</span>" in client.get(url("model_changelist")).content.decode()
    submit(client, page, "model_form", speaks="true")
    assert '<span class="can">reading aloud</span>' in client.get(url("model_changelist")).content.decode()
    submit(client, page, "model_form", embeds="true")
    assert '<span class="can">embeddings</span>' in client.get(url("model_changelist")).content.decode()
    submit(client, page, "model_form", transcribes="true")
    assert '<span class="can">dictation</span>' in client.get(url("model_changelist")).content.decode()


def test_mistakes_are_explained(client: Client, model: Model) -> None:
    page = url("model_change", model.pk)
    assert "is not an effort" in str(submit(client, page, "model_form", efforts="1!").context["errors"])
    assert "need both, input and output" in str(submit(client, page, "model_form", input_price="1").context["errors"])
    assert "need both, input and output" in str(submit(client, page, "model_form", cached_price="1").context["errors"])
    assert submit(client, page, "model_form", input_price="-1", output_price="1").context["errors"]
    assert "is no price of a picture" in str(submit(client, page, "model_form", picture_prices="0.04").context["errors"])
    assert "has two prices" in str(submit(client, page, "model_form", picture_prices="low 1\nlow 2").context["errors"])
    assert "is no price: write" in str(submit(client, page, "model_form", picture_prices="low cheap").context["errors"])
    submit(client, page, "model_form", input_price="1.25", output_price="10")
    model.refresh_from_db()
    assert (model.input_price, model.output_price) == (Decimal("1.25"), Decimal(10))
    assert 'value="10"' in client.get(page).content.decode()
    assert "$1.25 in, $10.00 out (set here)" in client.get(url("model_changelist")).content.decode()
    pictures = "1024×1024 High $0.170\nother 0.04\n"
    submit(client, page, "model_form", input_price="", output_price="", minute_price="0.006", picture_prices=pictures)
    model.refresh_from_db()
    assert model.picture_prices == {"1024x1024 high": "0.17", "": "0.04"}
    assert ">1024x1024 high 0.17\nother 0.04</textarea>" in client.get(page).content.decode().replace("\r", "").replace(">\n", ">")
    shown = client.get(url("model_changelist")).content.decode()
    assert "$0.006 a minute, from $0.04 a picture (set here)" in shown


def test_several_are_disabled_at_once_and_it_is_logged(client: Client, model: Model, openai_itself: Provider) -> None:
    other = Model.objects.create(provider=openai_itself, name="gpt-5.4")
    chosen = {"action": "disable", "_selected_action": [str(model.pk), str(other.pk)]}
    assert "2 models disabled" in client.post(url("model_changelist"), chosen, follow=True).content.decode()
    assert not Model.objects.filter(enabled=True).exists()
    assert logged() == ["Disabled.", "Disabled."]


def test_the_built_in_model_is_as_it_is(client: Client) -> None:
    built_in, _ = Provider.objects.update_or_create(origin=Origin.BUILT_IN, defaults={"name": "Built in"})
    model = Model.objects.create(provider=built_in, name="smollm2")
    assert client.post(url("model_change", model.pk), {"name": "x"}).status_code == 403
    assert client.post(url("model_delete", model.pk), {"post": "yes"}).status_code == 403
    response = submit(client, url("model_add"), "model_form", provider=str(built_in.pk), name="another")
    assert "Select a valid choice" in response.content.decode()


def test_rights_are_kept(client: Client, model: Model, bob: User) -> None:
    client.force_login(staff(bob, "view_model"))
    assert "gpt-5.4-mini" in client.get(url("model_change", model.pk)).content.decode()
    assert client.post(url("model_change", model.pk), {"name": "x"}).status_code == 403
    assert client.get(url("model_add")).status_code == 403
    client.force_login(staff(bob, "view_apikey"))
    assert client.get(url("model_changelist")).status_code == 403


def test_the_day_it_is_shut_down_is_told_and_corrected(client: Client, model: Model) -> None:
    soon, later = (timezone.localdate() + timedelta(days=days) for days in (3, 300))
    assert help_texts(client, model)["shutdown_date"].endswith("So far it says nothing.")
    Provider.objects.update(told_shutdown_dates={model.name: str(soon)})
    assert help_texts(client, model)["shutdown_date"].endswith(f"It says: {soon:%-d %b %Y}.")
    assert f"{soon:%-d %b %Y} (in 3 days)" in client.get(url("model_changelist")).content.decode()
    submit(client, url("model_change", model.pk), "model_form", shutdown_date=str(later))
    assert help_texts(client, model)["shutdown_date"].endswith(f"It says: {soon:%-d %b %Y}. Corrected here.")
    assert f"{later:%-d %b %Y}<" in client.get(url("model_changelist")).content.decode()
    assert logged()[-1] == "Changed Shut down on."


def test_prompts_say_that_their_model_is_shut_down(client: Client, model: Model) -> None:
    soon = timezone.localdate() + timedelta(days=3)
    Model.objects.update(shutdown_date=soon)
    catalog.forget()
    prompt = SystemPrompt.objects.get(slug="assistant")
    said = f"is shut down on {soon:%-d %b %Y} (in 3 days)."
    page = client.get(url("systemprompt_change", prompt.pk)).content.decode()
    assert f'<option value="{model.name}" label="{model.name}: shut down on {soon:%-d %b %Y} (in 3 days)"></option>' in page
    assert f"{model.name} {said}" in save_prompt(client, prompt, model=model.name).content.decode()
    assert f"The default model {said}" in page  # it is the only one
    assert client.get(url("systemprompt_change", prompt.pk)).content.decode().count(f"{model.name} {said}") == 1
    assert f"{model.name} {said}" in client.get(url("systemprompt_publish", prompt.pk)).content.decode()
    listed = client.get(url("systemprompt_playground_models")).json()["models"]
    assert {one["name"]: one["shutdown_date"] for one in listed} == {model.name: str(soon)}


def test_the_overview_has_every_ability_that_is_known_of_models() -> None:
    no_abilities = {"window", "takes_temperature", "efforts"}
    assert set(ABILITIES) == set(Capabilities._fields) - no_abilities


def test_it_is_found_by_what_it_can_do(client: Client, model: Model, openai_itself: Provider) -> None:
    """By its row, or else by its name; and it is counted for its provider, with a link to those that can."""
    Model.objects.create(provider=openai_itself, name="gpt-image-2")
    blind = Model.objects.create(provider=openai_itself, name="gpt-4o-corrected", name_there="gpt-4o", takes_images=False)

    def found(**query: str) -> list[str]:
        return sorted(one.name for one in client.get(url("model_changelist"), query).context["cl"].result_list)

    assert found(can="draws") == ["gpt-image-2"]
    assert found(can="takes_images") == [model.name]
    assert found(can="cooks") == sorted([model.name, "gpt-image-2", blind.name])
    page = client.get(url("model_changelist")).content.decode()
    assert f"provider__id__exact={openai_itself.pk}&amp;can=draws&amp;enabled__exact=1" in page
    assert found(provider__id__exact=str(openai_itself.pk), can="draws", enabled__exact="1") == ["gpt-image-2"]
    assert found(can="draws_in_answers") == sorted([model.name, blind.name])
    Provider.objects.update(api="chat_completions")  # which has no tool for it
    assert found(can="draws_in_answers") == []
