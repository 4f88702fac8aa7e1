"""The embedded model's process: serves one GGUF file over the OpenAI-compatible protocol until its parent is gone.

Started by embedded.py as a plain script. It knows nothing of Django, so that it stays small and starts fast.
"""

import os
import select
import sys

SLOTS = 4
SLOT_TOKENS = 2_048
ALIAS = "smollm2"
LONGEST_ANSWER = 768
_PARENT_CHECK_SECONDS = 2.0


def main() -> None:
    model = sys.argv[1]
    announcements = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the library prints goes to the log
    os.nice(5)  # pages and sockets come first
    parent = os.getppid()

    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {ALIAS}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * SLOT_TOKENS
    parameters.n_predict = LONGEST_ANSWER
    parameters.cache_ram_mib = 0
    parameters.cpuparams.n_threads = threads()
    parameters.verbosity = 1
    # So small a model loses the thread at the usual temperature.
    parameters.sampling.temp = 0.3
    parameters.sampling.top_p = 0.9
    # Nor does it notice that it has begun to repeat itself.
    parameters.sampling.penalty_repeat = 1.15
    parameters.sampling.penalty_last_n = 128
    server = xllamacpp.Server(parameters)
    announcements.write(f"{server.listening_address}\n")
    announcements.close()
    _wait_for_the_end_of(parent)
    # The library's own shutdown may wait for answers that no process reads any more.
    os._exit(0)


def threads() -> int:
    """How many compute: all processors but one, four at most."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # They wait for each other at every step, and actively: where others take their processors, a token takes six times as long.
    return max(1, min(4, processors - 1))


def _wait_for_the_end_of(parent: int) -> None:
    # The parent holds the other end of our input and never writes: it ends when the parent does, however that dies.
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _PARENT_CHECK_SECONDS)
        if readable and not os.read(0, 1):
            return


if __name__ == "__main__":
    main()
