"""A process is killed in mid-answer: within seconds another one marks the reply, or takes it over where the provider allows that."""

import signal
import time

import openai
import pytest

from tests.conftest import title_if_asked
from tests.support.scripted_openai import Answer, Finish, Gate, Hangup, Hold, Reasoning, Request, ScriptedOpenAI, Step, Text
from tests.support.serving import Serving
from tests.support.site import Process, Site
from tests.support.wire import Wire

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(120)]

SOON = 30.0
"""Seconds: a lease, a look a second, and a slow machine."""


def until_saved(site: Site, reply: str, text: str, kind: str = "text") -> None:
    deadline = time.monotonic() + SOON
    while not any(part["type"] == kind and part["text"] == text for part in site.parts(reply)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def two(site: Site) -> tuple[Process, Process]:
    return site.start(), site.start()


def test_where_the_provider_cannot_go_on_it_is_marked_and_can_be_continued(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url) as site:
        writer, other = two(site)
        provider.script(Text("One "), Hold(Gate()))
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        here.until("delta")
        there.watch(accepted["conversation"])
        until_saved(site, accepted["reply"], "One ")
        writer.served.kill()
        assert there.until_ended(accepted["reply"], SOON) == "interrupted"
        assert site.saved(accepted["reply"]) == ("interrupted", "One ")
        assert site.rows("SELECT lease_until FROM conversations_message WHERE id = %s", accepted["reply"]) == [(None,)]
        here.connect(other.address)
        assert here.until_ended(accepted["reply"]) == "interrupted"
        provider.script(Text("two"), Finish())
        here.accepted("continue", message=accepted["reply"])
        for tab in (here, there):
            tab.until("finished", status="complete")
            assert tab.text(accepted["reply"]) == "One two"


def test_an_end_that_could_not_be_saved_before_the_kill_is_no_end(quick_serve: Serving, provider: ScriptedOpenAI):
    """All was said, but the writer had lost its database: no other process knows of the finish, so it is called interrupted and can be continued."""
    with Site(quick_serve, provider.base_url) as site:
        writer, other = two(site)
        gate = Gate()
        provider.script(Text("One "), Hold(gate), Text("two"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        there.watch(accepted["conversation"])
        until_saved(site, accepted["reply"], "One ")
        writer.postgres.cut()
        gate.open()
        for tab in (here, there):
            tab.until_shown(accepted["reply"], "One two".__eq__)
        writer.served.wait_for("The end of reply .* waits for the database")
        writer.served.kill()
        assert "complete" not in {tab.status(accepted["reply"]) for tab in (here, there)}  # nothing is said before it is saved
        assert there.until_ended(accepted["reply"], SOON) == "interrupted"
        here.connect(other.address)
        assert here.until_ended(accepted["reply"]) == "interrupted"
        assert site.saved(accepted["reply"]) == ("interrupted", "One ")
        assert site.rows("SELECT lease_until, error_kind FROM conversations_message WHERE id = %s", accepted["reply"]) == [(None, "lost")]
        assert here.text(accepted["reply"]) == there.text(accepted["reply"]) == "One "
        provider.script(Text("two"), Finish())
        here.accepted("continue", message=accepted["reply"])
        for tab in (here, there):
            tab.until("finished", status="complete")
            assert tab.text(accepted["reply"]) == "One two"
        assert site.saved(accepted["reply"]) == ("complete", "One two")


def test_with_a_provider_that_goes_on_from_a_text_each_goes_the_way_that_fits_it(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_RESUME="prefix") as site:
        writer, other = two(site)
        there = site.tab(other)
        replies, conversations = {}, {}
        first_words: dict[str, tuple[Step, ...]] = {
            "begun": (Text("One "), Text("two ")),
            "not begun": (),
            "stopped": (Text("Enough "),),
            "thinking": (Reasoning("Let me see"),),
        }
        for name, steps in first_words.items():
            here = site.tab(writer)
            unopened = Gate()
            provider.script(*steps, Hold(unopened))
            accepted = here.send(name)
            unopened.wait_until_reached()
            replies[name], conversations[name] = accepted["reply"], accepted["conversation"]
            there.watch(accepted["conversation"])
        for name, kind, text in (("begun", "text", "One two "), ("stopped", "text", "Enough "), ("thinking", "reasoning", "Let me see")):
            until_saved(site, replies[name], text, kind)
        gate = Gate()
        rest = {"begun": (Text("three "), Hold(gate), Text("four"), Finish()), "not begun": (Text("Here"), Finish())}
        provider.answer_with = lambda asked: title_if_asked(asked) or Answer(steps=rest[asked.question])
        writer.served.kill()
        there.command("stop", message=replies["stopped"])  # to a process that doesn't hear it any more
        there.until_shown(replies["begun"], "One two three ".__eq__, SOON)
        late = site.tab(other)
        late.watch(conversations["begun"])
        late.until_shown(replies["begun"], "One two three ".__eq__)
        gate.open()
        assert late.until_ended(replies["begun"]) == "complete"
        ends = {name: (there.until_ended(reply), there.text(reply)) for name, reply in replies.items()}
        assert ends == {
            "begun": ("complete", "One two three four"),
            "not begun": ("complete", "Here"),
            "stopped": ("stopped", "Enough "),
            "thinking": ("interrupted", ""),
        }
        assert {name: site.saved(reply) for name, reply in replies.items()} == ends
        (given,) = [asked for asked in provider.streams[4:] if asked.question == "begun" and not asked.system.startswith("You name")]
        assert given.body["messages"][-1]["role"] == "assistant"
        assert given.body["messages"][-1]["content"].strip() == "One two"


def test_how_often_it_broke_off_counts_on_in_the_next_process(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_RESUME="prefix") as site:
        writer, other = two(site)
        provider.script(Text("One "), Hangup())
        provider.script(Text("two "), Hold(Gate()))
        provider.script(Text("three "), Hangup())
        provider.script(Text("four "), Hangup())
        provider.script(Text("five"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        there.watch(accepted["conversation"])
        until_saved(site, accepted["reply"], "One two ")
        writer.served.kill()
        assert there.until_ended(accepted["reply"], SOON) == "interrupted", "It broke off once before, and twice afterwards."
        assert there.text(accepted["reply"]) == "One two three four "
        assert site.saved(accepted["reply"]) == ("interrupted", "One two three four ")
        there.accepted("continue", message=accepted["reply"])
        there.until("finished", status="complete")
        assert there.text(accepted["reply"]) == "One two three four five"


def test_a_provider_that_keeps_its_answers_is_listened_to_again(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_API="responses", OPENAI_RESUME="background") as site:
        writer, other = two(site)
        gates = [Gate(), Gate()]
        provider.script(Text("One "), Hold(gates[0]), Text("two "), Text("three "), Hold(gates[1]), Text("four"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        there.watch(accepted["conversation"])
        until_saved(site, accepted["reply"], "One ")
        writer.served.kill()
        gates[0].open()  # sent while no process reads
        there.until_shown(accepted["reply"], "One two three ".__eq__, SOON)
        gates[1].open()
        assert there.until_ended(accepted["reply"]) == "complete"
        assert there.text(accepted["reply"]) == "One two three four"
        assert site.saved(accepted["reply"]) == ("complete", "One two three four")
        assert provider.cancelled == []


def test_a_background_stream_that_breaks_is_taken_up_by_the_same_process(quick_serve: Serving, provider: ScriptedOpenAI):
    line = Wire(provider.port)
    with line, Site(quick_serve, line.url(provider.base_url), OPENAI_API="responses", OPENAI_RESUME="background") as site:
        writer = site.start()
        gate = Gate()
        provider.script(Text("One "), Hold(gate), Text("two"), Finish())
        tab = site.tab(writer)
        accepted = tab.send("Count")
        tab.until("delta")
        line.reset()
        gate.open()
        assert tab.until("finished")["status"] == "complete"
        assert tab.text(accepted["reply"]) == "One two"


def test_a_stopped_background_answer_is_ended_at_the_provider(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_API="responses", OPENAI_RESUME="background") as site:
        writer = site.start()
        provider.script(Text("One "), Hold(Gate()))
        tab = site.tab(writer)
        accepted = tab.send("Count")
        tab.until("delta")
        tab.command("stop", message=accepted["reply"])
        tab.until("finished", status="stopped")
        deadline = time.monotonic() + SOON
        while not provider.cancelled:
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.parametrize(("api", "resume"), [("chat_completions", "prefix"), ("responses", "background")])
def test_a_process_that_is_told_to_stop_hands_over_what_takes_too_long(
    quick_serve: Serving, provider: ScriptedOpenAI, api: str, resume: str
):
    with Site(quick_serve, provider.base_url, OPENAI_API=api, OPENAI_RESUME=resume, DRAIN_SECONDS="0.3") as site:
        writer, other = two(site)
        gate = Gate()
        provider.script(Text("One "), Hold(gate), Text("two"), Finish())
        if resume == "prefix":
            provider.script(Hold(gate), Text("two"), Finish())
        tab = site.tab(writer)
        accepted = tab.send("Count")
        tab.until("delta")
        writer.served.process.send_signal(signal.SIGTERM)
        assert tab.close_code() == 1012
        tab.connect(other.address)
        assert writer.served.process.wait(60) == 0
        gate.open()
        assert tab.until_ended(accepted["reply"], SOON) == "complete"
        assert tab.text(accepted["reply"]) == "One two"
        assert site.saved(accepted["reply"]) == ("complete", "One two")
        statuses = {frame.get("status") for frame in tab.frames if frame["type"] in ("snapshot", "finished")}
        assert "interrupted" not in statuses
        assert provider.cancelled == []


def test_of_many_lost_replies_each_is_claimed_once(quick_serve: Serving, provider: ScriptedOpenAI):
    asked: list[str] = []

    def answer(request: Request) -> Answer | None:
        if title := title_if_asked(request):
            return title
        asked.append(request.question)
        return Answer(steps=(Hold(Gate()),)) if asked.count(request.question) == 1 else Answer(steps=(Text("Here"), Finish()))

    provider.answer_with = answer
    with Site(quick_serve, provider.base_url) as site:
        writer = site.start()
        others = [site.start(), site.start()]
        tab, watching = site.tab(writer), site.tab(others[0])
        replies = [tab.send(f"Question {number}")["reply"] for number in range(12)]
        deadline = time.monotonic() + SOON
        while len(asked) < 12:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        for frame in [frame for frame in tab.frames if frame["type"] == "accepted"]:
            watching.watch(frame["conversation"])
        writer.served.kill()
        for reply in replies:
            assert watching.until_ended(reply, SOON) == "complete"
        assert sorted(asked) == sorted([f"Question {number}" for number in range(12)] * 2)
        assert {row[0] for row in site.rows("SELECT run FROM conversations_message WHERE role = 'assistant'")} == {1}


def test_a_stop_after_a_kill_ends_what_the_provider_goes_on_with(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_API="responses", OPENAI_RESUME="background") as site:
        writer, other = two(site)
        provider.script(Text("One "), Hold(Gate()))
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        there.watch(accepted["conversation"])
        until_saved(site, accepted["reply"], "One ")
        writer.served.kill()
        there.command("stop", message=accepted["reply"])
        assert there.until_ended(accepted["reply"], SOON) == "stopped"
        site.until(lambda: bool(provider.cancelled))


def test_a_program_hears_the_rest_of_its_response_from_another_process(quick_serve: Serving, provider: ScriptedOpenAI):
    """From the last number that it heard, whole, and each character once."""
    with Site(quick_serve, provider.base_url, OPENAI_RESUME="prefix") as site:
        writer, other = two(site)
        token = writer.served.manage("api_token", "alice").strip()
        here, there = (openai.OpenAI(base_url=f"{one.address}/v1", api_key=token, max_retries=0) for one in (writer, other))
        provider.script(Text("One "), Hold(Gate()))
        said, numbers, response_id = "", [], ""
        for event in here.responses.create(model="assistant", input="Count", store=True, stream=True):
            numbers.append(event.sequence_number)
            if event.type == "response.created":
                response_id = event.response.id
            elif event.type == "response.output_text.delta":
                said += event.delta
                break
        until_saved(site, response_id.removeprefix("resp_"), said)
        provider.answer_with = lambda asked: title_if_asked(asked) or Answer(steps=(Text("two "), Text("three"), Finish()))
        writer.served.kill()
        for event in there.responses.retrieve(response_id, stream=True, starting_after=numbers[-1]):
            numbers.append(event.sequence_number)
            said += event.delta if event.type == "response.output_text.delta" else ""
        assert said == "One two three" and event.type == "response.completed" and event.response.output_text == said
        assert numbers == sorted(set(numbers))
        for client in (here, there):
            client.close()
