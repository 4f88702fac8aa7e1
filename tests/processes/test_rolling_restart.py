"""Two processes behind nginx are restarted one after the other under load: every answer arrives whole, each word once."""

import signal
import threading
import time
from collections.abc import Iterator
from random import Random

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.conftest import title_if_asked
from tests.support.proxy import nginx
from tests.support.scripted_openai import Answer, Finish, Request, ScriptedOpenAI, Text, Wait
from tests.support.serving import Serving
from tests.support.site import Site
from tests.support.tab import Tab

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(180)]

PEOPLE = 8
WORDS = 60
PAUSE = 0.03
PATIENCE = 60.0


def long_answer(request: Request) -> Answer:
    words = [f"{request.question}-{number} " for number in range(WORDS)]
    return title_if_asked(request) or Answer(steps=(*(step for word in words for step in (Text(word), Wait(PAUSE))), Finish()))


@pytest.fixture
def provider() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread() as server:
        server.answer_with = long_answer
        yield server


class Person(threading.Thread):
    """Asks one question after the other until it is stopped. Reconnects like the page: soon, and sends again what was not accepted."""

    def __init__(self, tab: Tab, name: str, home: threading.Event) -> None:
        super().__init__(daemon=True)
        self.tab, self.who, self.home = tab, name, home
        self.answers: dict[str, str] = {}
        self.reconnects = 0
        self.longest_gap = 0.0
        """Seconds that it paused until it was connected again. How long the machine takes to connect it is another matter."""
        self.failure: BaseException | None = None
        self._random = Random(name)

    def run(self) -> None:
        try:
            number = 0
            while not self.home.is_set():
                question = f"{self.who}{number}"
                number += 1
                reply = self._persist(lambda question=question: self._ask(question))
                status = self._persist(lambda reply=reply: self.tab.until_ended(reply, PATIENCE))
                assert status == "complete", status
                self.answers[reply] = question
        except BaseException as error:  # noqa: BLE001  (the test raises it)
            self.failure = error

    def _ask(self, question: str) -> str:
        self._request = getattr(self, "_request", None) or self.tab.new_id()
        while True:
            request = self.tab.command("send", id=self._request, text=question, conversation=None)
            while (frame := self.tab.next(PATIENCE))["type"] not in ("accepted", "error") or frame.get("id") != request:
                pass
            if frame["type"] == "accepted":
                self._request = None
                self.tab.watched = {frame["conversation"]}
                return frame["reply"]
            assert frame["code"] == "draining", frame  # it is kept, and sent again after the reconnect that is about to come
            self.tab.close_code(PATIENCE)
            self._reconnect()

    def _persist(self, act):
        while True:
            try:
                return act()
            except ConnectionClosed:
                self._reconnect()

    def _reconnect(self) -> None:
        gap, pause = 0.0, 0.2
        while True:
            time.sleep(waited := pause * self._random.uniform(0.5, 1))
            gap += waited
            try:
                self.tab.connect(self.tab.address)
                break
            except (OSError, ConnectionClosed, InvalidHandshake, EOFError, TimeoutError):
                pause = min(2.0, pause * 2)
        self.reconnects += 1
        self.longest_gap = max(self.longest_gap, gap)


def test_every_answer_comes_whole(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url, DRAIN_SECONDS="20") as site:
        for _ in range(2):
            site.start()
        with nginx([process.served.port for process in site.processes]) as address:
            home = threading.Event()
            people = [Person(site.tab(address, f"person{number}"), f"p{number}q", home) for number in range(PEOPLE)]
            for person in people:
                person.start()
            time.sleep(1)
            for number in range(2):
                leaving = site.processes[number]
                leaving.served.process.send_signal(signal.SIGTERM)
                assert leaving.served.process.wait(60) == 0
                site.start(number)
                time.sleep(1)
            home.set()
            for person in people:
                person.join(PATIENCE)
                assert person.failure is None
                assert not person.is_alive()
        answers = {reply: question for person in people for reply, question in person.answers.items()}
        assert len(answers) > PEOPLE
        for reply, question in answers.items():
            whole = "".join(f"{question}-{number} " for number in range(WORDS))
            assert site.saved(reply) == ("complete", whole)
        for person in people:
            assert person.reconnects >= 1
            assert person.longest_gap < 5  # seconds; a tenth of that where nothing else runs
            for reply, question in person.answers.items():
                assert person.tab.text(reply) == "".join(f"{question}-{number} " for number in range(WORDS))
        ((rows,),) = site.rows("SELECT count(*) FROM conversations_message WHERE role = 'user'")
        assert rows == len(answers)
