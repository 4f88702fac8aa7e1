#!/usr/bin/env python
"""Django's command line for this project. Wrong settings end it with a sentence, not a traceback."""

import asyncio
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    if "serve" in sys.argv[1:2]:
        _use_uvloop()
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django isn't installed for this Python. Use `make run`, or .venv/bin/python in place of python.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def _use_uvloop() -> None:
    # Daphne makes its event loop while Django loads its applications, so it must be chosen before that.
    try:
        import uvloop
    except ImportError:
        return
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # pressed while it was still loading
        sys.exit(130)
