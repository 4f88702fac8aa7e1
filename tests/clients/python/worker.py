"""Runs what a test names, one thing after the other: a line of input is {"number": 3, "use": "with_langchain", "what": "chat", "given": {…}}.

Each line of output has that number, and what it tells on its way ("told") or its end ("answer" or "error"), as worker.mjs has it.
"""

import importlib
import json
import sys
import traceback


def run(number, use, what, given):
    def write(**said):
        print(json.dumps({"number": number, **said}), file=output, flush=True)

    try:
        write(answer=getattr(importlib.import_module(use), what)(lambda told: write(told=told), **given))
    except Exception as error:
        details = {name: getattr(error, name, None) for name in ("param", "code")}
        details |= {"name": type(error).__name__, "message": str(error), "status": getattr(error, "status_code", None)}
        write(error={**details, "stack": traceback.format_exc()})


output, sys.stdout = sys.stdout, sys.stderr  # what a package prints is no answer
for line in sys.stdin:
    run(**json.loads(line))
