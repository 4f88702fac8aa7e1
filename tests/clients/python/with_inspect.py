"""inspect-ai, which asks an assistant as a model of another maker's."""

import os
import tempfile

os.environ |= {"SITE_BASE_URL": os.environ["OPENAI_BASE_URL"], "SITE_API_KEY": os.environ["OPENAI_API_KEY"]}

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import includes


def judged(tell, assistant, questions, expected):
    task = Task(dataset=[Sample(input=question, target=expected) for question in questions], scorer=includes())
    found = []
    for api, choice in (("chat", False), ("responses", True)):
        model = get_model(f"openai-api/site/{assistant}", responses_api=choice, memoize=False)
        with tempfile.TemporaryDirectory() as folder:
            [log] = evaluate(task, model=model, display="none", log_dir=folder)
            if log.status != "success":
                raise RuntimeError(log.error.message)
            found += [result(api, sample) for sample in log.samples]  # they are read from there
    return found


def result(api, sample):
    tokens = sum(usage.total_tokens for usage in sample.model_usage.values())
    success = sample.scores["includes"].value == "C"
    return {"api": api, "question": sample.input, "text": sample.output.completion, "tokens": tokens, "success": success}
