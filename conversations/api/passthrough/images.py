"""POST /v1/images/generations and …/edits: https://platform.openai.com/docs/api-reference/images."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from conversations.api import bodies
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.api.fields import Body, flag, text, whole_number, wrong
from conversations.generation.passthrough.pictures import Pictures
from conversations.models import Scope
from conversations.providers import images
from conversations.providers.passed import Passed
from conversations.providers.request import Wish

from . import asking, fields, forms
from .asking import Asked

MOST = 10
MOST_PARTIAL = 3
MOST_GIVEN = 16
LONGEST_WORD = 40


async def generate(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Pictures of words."""
    caller.require(Scope.RAW_MODELS)
    large = await bodies.large_json_object(request)
    asked = asked_by(large.body)
    passed = Passed(images.PATH, asked.fields, large.size, str(caller.user.pk), is_streamed=flag(large.body, "stream"))
    return await asking.answered(caller, passed, asked)


async def edit(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Pictures of words and of other pictures, which come in a form."""
    caller.require(Scope.RAW_MODELS)
    form = await forms.read(request)
    pictures = [file for file in form.files if file.field in ("image", "image[]")]
    forms.require_known(form, "image", "image[]", "mask")
    if not pictures:
        raise fields.missing("image", "send one picture, or several as “image[]”")
    if len(pictures) > MOST_GIVEN:
        raise ApiError(400, f"Pictures are made from at most {MOST_GIVEN} others.", param="image", code="invalid_value")
    asked = asked_by(form.fields, len(pictures))
    passed = Passed(
        images.EDITS,
        asked.fields,
        form.size,
        str(caller.user.pk),
        is_form=True,
        files=form.files,
        is_streamed=flag(form.fields, "stream"),
    )
    return await asking.answered(caller, passed, asked)


def asked_by(body: Body, given: int = 0) -> Asked:
    """Raises ApiError. `given`: how many pictures they are made from."""
    model, prompt = fields.model(body), text(body, "prompt", longest=images.LONGEST_PROMPT)
    if not prompt.strip():
        raise fields.missing("prompt", "say what the picture is to show")
    number = whole_number(body, "n", 1, MOST) or 1
    if flag(body, "stream") and number > 1:
        raise wrong("n", "1 where pictures are streamed: the events don’t say which they are of")
    whole_number(body, "partial_images", 0, MOST_PARTIAL)
    wish = Wish(number, text(body, "size", longest=LONGEST_WORD), text(body, "quality", longest=LONGEST_WORD))
    return Asked(model, fields.passed_on(body, fields.EDITS if given else fields.PICTURES), Pictures(prompt, wish, given))
