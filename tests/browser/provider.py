"""The scripted provider's answers by question; conversations get their titles from it, too."""

from __future__ import annotations

from tests.support.scripted_openai import Answer, Event, Finish, Gate, Hold, Request, ScriptedOpenAI, Step, Text

TITLE = "A title from the model"
NOT_BY_ITSELF = Event({"error": {"message": "Invalid value", "code": 400}})
"""Breaks an answer off so that it doesn't continue until its user says so."""


class Provider:
    def __init__(self, server: ScriptedOpenAI) -> None:
        self.server = server
        self.title = TITLE
        self._answers: dict[str, Answer] = {}
        self._gates: list[Gate] = []
        self._seen = 0
        server.answer_with = self._answer

    def says(self, question: str, *steps: Step | str) -> None:
        """Answer this question so from now on: with text, or steps."""
        made = [Text(step) if isinstance(step, str) else step for step in steps]
        if not any(isinstance(step, Finish) for step in made):
            made.append(Finish())
        self.answers(question, Answer(steps=tuple(made)))

    def answers(self, question: str, answer: Answer) -> None:
        self._answers[question] = answer

    def gate(self) -> tuple[Gate, Hold]:
        """A place at which an answer waits, and the step that stands for it."""
        gate = Gate()
        self._gates.append(gate)
        return gate, Hold(gate)

    def forget(self) -> None:
        for gate in self._gates:
            gate.open()
        self._gates.clear()
        self._answers.clear()
        self._seen = len(self.server.streams)
        self.title = TITLE

    def asked(self, question: str) -> int:
        """How often this question has arrived during this test."""
        return sum(request.question == question and bool(request.body.get("stream")) for request in self.server.streams[self._seen :])

    def _answer(self, request: Request) -> Answer | None:
        known = self._answers.get(request.question)
        if known:
            return known
        if "title" in request.system.lower() or "title" in request.question.lower():
            return Answer(steps=(Text(self.title), Finish()))
        return None
