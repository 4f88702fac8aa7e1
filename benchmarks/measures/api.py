"""Programs that stream over the API beside browsers that do over sockets: what a token costs each way."""

from __future__ import annotations

from benchmarks import report
from benchmarks.clients import people
from benchmarks.report import Row
from benchmarks.run import Run, readers, say
from benchmarks.servers.shapes import Shape

from . import load
from .load import Measured

RATIO = "server CPU per token of the API : of the sockets"
BUDGET = 1.5


def rows(run: Run, shape: Shape, streams: int) -> None:
    """The same load over each of the two."""
    options = run.options
    tokens = options.rate * options.seconds
    heading = f"{shape.name}: {streams} answers × {options.rate} tokens/s over the API, in place of the relay: over sockets"
    say(f"{heading}, {options.seconds} s …")
    found: list[Measured] = []
    for at in ("api", "ours"):
        if at == "api":
            seats = [{"cookie": token, "port": shape.servers[0].port} for token in people.tokens(shape.servers[0], streams)]
        else:
            seats = readers(people.sign_in(shape.servers[0], streams, f"beside-{streams}"), [shape.servers[0].port])
        measured = load.measure(
            seats,
            f"bench:{tokens}:{options.rate}",
            run.watched(shape),
            ramp=options.ramp,
            patience=run.patience(tokens, options.rate),
            at=at,
            around=run.profiler(f"{heading}: {at}", shape),
        )
        run.report.troubles += report.troubles(f"{heading}: {at}", measured.answer, streams, tokens)
        run.report.notes.append(report.bound_by(f"{heading}: {at}", measured))
        found.append(measured)
    api, sockets = found
    cost, beside = (one.per_token(one.servers) for one in found)
    run.report.add(
        heading,
        [
            Row(RATIO, BUDGET, cost / beside),
            Row("server CPU per token", None, cost, beside, "µs"),
            Row("delay, p50", None, api.answer["p50"], sockets.answer["p50"], "ms"),
            Row("delay, p99", None, api.answer["p99"], sockets.answer["p99"], "ms"),
            Row("events per answer and second", None, *(one.answer["frames"] / streams / one.seconds for one in found)),
        ],
    )
