"""The results of a run as files: CSV for spreadsheets, and JSON in the shape in which Promptfoo writes its own (`version` 3)."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from conversations.models import NANO, Result, Run

COLUMNS = (
    *("case", "candidate", "model", "repeat", "question", "output", "passed", "verdict", "note", "error", "reasons"),
    *("input_tokens", "output_tokens", "cost_usd", "judge_cost_usd", "first_token_ms", "duration_ms"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(run: Run) -> str:
    """A row for each answer. What a spreadsheet would take for a formula has an apostrophe before it."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for result in _results(run):
        findings = result.findings or []
        reasons = "; ".join(f"{one.get('title', one['kind'])}: {one['reason']}" for one in findings if not one["passed"])
        writer.writerow(
            _plain(value)
            for value in (
                result.case.name,
                run.candidates[result.candidate]["label"],
                result.model,
                result.repeat + 1,
                result.case.turns[-1]["text"] if result.case.turns else "",
                result.output,
                _word(result.is_good),
                _word(result.verdict),
                result.note,
                result.error,
                reasons,
                result.input_tokens,
                result.output_tokens,
                _dollars(result.cost),
                _dollars(result.judge_cost),
                result.first_token_ms,
                result.duration_ms,
            )
        )
    return file.getvalue()


def promptfoo_of(run: Run) -> str:
    results = [_promptfoo(run, result) for result in _results(run)]
    passed = sum(result["success"] for result in results)
    errors = sum(bool(result["error"]) for result in results)
    stats = {"successes": passed, "failures": len(results) - passed - errors, "errors": errors}
    prompts = [{"raw": one["wording"]["text"], "label": one["label"], "provider": one["wording"]["model"]} for one in run.candidates]
    document = {
        "evalId": str(run.pk),
        "results": {"version": 3, "timestamp": run.created.isoformat(), "prompts": prompts, "results": results, "stats": stats},
        "config": {"description": str(run), "prompts": [one["raw"] for one in prompts]},
        "shareableUrl": None,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _promptfoo(run: Run, result: Result) -> dict[str, Any]:
    candidate = run.candidates[result.candidate]
    findings = [
        {
            "pass": bool(one["passed"]),
            "score": one["score"],
            "reason": one["reason"],
            "assertion": {"type": f"{'not-' if one['negated'] else ''}{one['kind']}", "value": one["value"]},
        }
        for one in result.findings or []
    ]
    is_good = bool(result.is_good)
    return {
        "id": str(result.pk),
        "promptIdx": result.candidate,
        "provider": {"id": result.model or candidate["wording"]["model"], "label": candidate["label"]},
        "prompt": {"raw": candidate["wording"]["text"], "label": candidate["label"]},
        "vars": result.case.variables,
        "testCase": {"description": result.case.name, "vars": result.case.variables, "metadata": {"tags": result.case.tags}},
        "response": {"output": result.output, "tokenUsage": {"prompt": result.input_tokens, "completion": result.output_tokens}},
        "error": result.error or None,
        "success": is_good,
        "score": sum(one["score"] for one in findings) / len(findings) if findings else float(is_good),
        "latencyMs": result.duration_ms,
        "cost": _dollars(result.cost) or 0,
        "gradingResult": {"pass": is_good, "score": float(is_good), "reason": result.note, "componentResults": findings},
    }


def _results(run: Run) -> Any:
    return run.results.select_related("case").order_by("case__name", "case", "candidate", "repeat")


def _plain(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _word(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _dollars(nano: int | None) -> float | None:
    return None if nano is None else nano / NANO
