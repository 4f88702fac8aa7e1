"""`manage.py prompts evaluate`: the cases of a prompt, of a file beside it or of a Promptfoo configuration, run here and told to CI."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from conversations.evaluation import choosing, estimating, summary
from conversations.evaluation.candidate import AskedCase, Candidate
from conversations.evaluation.execution import Execution, Plan, cells
from conversations.evaluation.files import promptfoo, reading
from conversations.evaluation.files.case_folder import CaseFolder
from conversations.evaluation.verdict import Asked, Verdict
from conversations.models import LIVE, MAX_REPEATS, NANO, SystemPrompt, User
from conversations.studio import drafts
from conversations.studio.files.folder import read_text
from conversations.studio.files.problems import FilesRefused, Problem
from conversations.studio.files.prompt_folder import PromptFolder
from conversations.usage.ledger import amounts

CASES_SUFFIX = ".cases"


class NotEvaluated(Exception):
    """What was asked for can't be; the sentence says why."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", metavar="SLUG|FILE", help="a prompt of this site, its file, or a Promptfoo configuration")
    parser.add_argument("--label", default="", help="which version of the prompt is tried (default: its draft, or else what is live)")
    parser.add_argument("--against", metavar="LABEL", default=LIVE, help="what it is compared with (default: live)")
    parser.add_argument(
        "--repeats", type=int, default=1, choices=range(1, MAX_REPEATS + 1), metavar="N", help="how often each case is asked"
    )
    parser.add_argument("--cap", type=Decimal, default=Decimal(1), metavar="USD", help="what it may cost (default: 1)")
    parser.add_argument("--judge", metavar="MODEL", help="which model judges (default: the first that isn't tested)")
    parser.add_argument("--author", metavar="USERNAME", help="in whose name it asks (default: the first superuser)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def evaluate(options: Mapping[str, Any], tell: Callable[[str], object]) -> Verdict:
    """Raises FilesRefused or NotEvaluated."""
    asked = find(options["what"], options["against"], options["label"])
    for what in asked.left_out:
        tell(f"Not taken – {what}.")
    users = User.objects.filter(is_active=True).order_by("pk")
    author = users.filter(username=options["author"]).first() if options["author"] else users.filter(is_superuser=True).first()
    if options["author"] and author is None:
        raise NotEvaluated(f"There is no active user called “{options['author']}”.")
    if not options["cap"].is_finite() or options["cap"] <= 0:
        raise NotEvaluated("The cap is an amount of US dollars above 0.")
    return run(asked, author, options["repeats"], int(options["cap"] * NANO), options["judge"], tell)


def find(what: str, against: str, label: str) -> Asked:
    """`what` is a file, or the slug of a prompt. FilesRefused where there is nothing to run."""
    path = Path(what)
    if path.suffix == ".md":
        return _of_prompt_file(path, against)
    if path.suffix in reading.KINDS:
        return _of_configuration(path)
    prompt = SystemPrompt.objects.select_related("published").filter(slug=what).first()
    if prompt is None:
        raise _refused(what, "There is no such prompt, and no such file.")
    name = label or (choosing.DRAFT if drafts.of(prompt) else LIVE)
    candidate = choosing.labelled(prompt, name)
    if candidate is None:
        raise _refused(what, f"The prompt has no “{name}”.")
    first = choosing.labelled(prompt, against) if against != name else None
    cases = [AskedCase.of(case) for case in prompt.cases.order_by("name", "id")]
    if not cases:
        raise _refused(what, "The prompt has no cases.")
    return Asked([one for one in (first, candidate) if one], cases, [])


def _of_prompt_file(path: Path, against: str) -> Asked:
    """The wording of a prompt's file, with the cases that lie beside it, or else those of the site."""
    document = PromptFolder(path.parent).read_one(path)
    prompt = SystemPrompt.objects.select_related("published").filter(slug=document.slug).first()
    first = choosing.labelled(prompt, against) if prompt else None
    found, left_out = [], []
    in_cases = path.parent / CaseFolder.inner / f"{path.stem}{CaseFolder.suffix}"
    for beside in (in_cases, *(path.with_name(f"{path.stem}{CASES_SUFFIX}{kind}") for kind in reading.KINDS)):
        if beside.is_file():
            read = reading.cases(beside.name, read_text(beside))
            found += read.cases
            left_out += read.left_out
    if not found and prompt:
        found = [AskedCase.of(case) for case in prompt.cases.order_by("name", "id")]
    if not found:
        raise _refused(str(path), f"There are no cases: {CaseFolder.inner}/{path.stem}{CaseFolder.suffix} beside it would hold some.")
    return Asked([one for one in (first, Candidate(path.name, document.wording, is_template=True)) if one], found, left_out)


def _of_configuration(path: Path) -> Asked:
    data = reading.values(path.name, read_text(path))
    if not promptfoo.is_one(data):
        raise _refused(str(path), "This is no Promptfoo configuration. Cases of a prompt of this site are imported in the admin.")
    read = promptfoo.read(data, path.parent)
    if not read.candidates or not read.cases:
        missing = "candidates (prompts with a model)" if not read.candidates else "tests"
        raise _refused(str(path), f"There are no {missing} in it that can be run here. {'; '.join(read.left_out[:5])}".strip())
    return Asked(read.candidates, read.cases, read.left_out)


def run(asked: Asked, author: User | None, repeats: int, cap: int, judge_model: str | None, tell: Callable[[str], object]) -> Verdict:
    """Ask, and judge. `tell` hears of the estimate before, and of the progress."""
    models = [candidate.wording["model"] for candidate in asked.candidates]
    judge = estimating.other_model(models) if judge_model is None else judge_model
    estimate = estimating.estimated(asked.candidates, asked.cases, repeats, judge)
    cost = "of unknown cost" if estimate.cost is None else f"about {amounts.dollars(estimate.cost)}"
    uncounted = ", which can’t count what has no price" if estimate.cost is None else ""
    tell(f"{estimate.answers:,} answers and {estimate.judgements:,} judgements, {cost}; cap {amounts.dollars(cap)}{uncounted}.")
    outcomes = cells(asked.cases, len(asked.candidates), repeats)
    # In no user's name where the site has none yet, as in CI: no user's figures count it in any case.
    author_id = author.pk if author else uuid.UUID(int=0)
    execution = Execution(Plan(asked.candidates, author_id, cap, judge), outcomes, lambda _: None, lambda *_: None)
    execution.run()
    rows = summary.rows([(case.key, case) for case in asked.cases], outcomes, len(asked.candidates), lambda outcome: outcome.case_key)
    return Verdict(asked, outcomes, rows, execution.stopped)


def _refused(what: str, sentence: str) -> FilesRefused:
    return FilesRefused([Problem(what, 0, sentence)])
