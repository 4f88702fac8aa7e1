"""Many people who press send at the same instant: what a whole reply costs, its start, its end and its title included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

import psutil

from benchmarks import processes, report
from benchmarks.clients import people
from benchmarks.report import Row
from benchmarks.run import Run, readers, say
from benchmarks.servers.shapes import Shape

from . import clocks, load
from .load import Measured

SHORT, LONG = 200, 400
"""Tokens of a reply. What a token costs in the steady state is what the long ones cost more, by the tokens that they have more."""
CPU, FIRST, LATEST, STEADY = "server CPU per reply, title included", "first token, median", "delay, p99", "server CPU per further token"
BUDGETS = {(100, CPU): 10.0, (100, FIRST): 400.0, (200, FIRST): 800.0, (200, LATEST): 200.0, (100, STEADY): 20.0, (200, STEADY): 20.0}


def rows(run: Run, shape: Shape, people_count: int) -> None:
    """The medians of `run.options.rounds` loads, each with users of its own."""
    options = run.options
    heading = f"{shape.name}: {people_count} people press send together, replies of {SHORT} tokens at {options.rate}/s"
    say(f"{heading}, {options.rounds} times …")
    short, long = (
        [_ours(run, shape, people_count, tokens, number, heading) for number in range(options.rounds)] for tokens in (SHORT, LONG)
    )
    baseline = _baseline(run, people_count) if options.relay or options.chainlit else ([], [])
    found = [
        Row(
            name,
            BUDGETS.get((people_count, name)),
            median(map(figure, short)),
            median(map(figure, baseline[0])) if baseline[0] else None,
            unit,
        )
        for name, unit, figure in _figures(people_count)
    ]
    found.append(
        Row(STEADY, BUDGETS.get((people_count, STEADY)), _steady(short, long, people_count), _steady(*baseline, people_count), "µs")
    )
    if len(shape.servers) > 1:  # what one of them carries: its own replies are those of the sockets at it
        own = people_count / len(shape.servers)
        spent_by = {name: median(one.spent[name] for one in short) for name in shape.clocks if name.startswith("server")}
        found += [Row(f"{name} CPU per reply of its own", None, spent / own * 1000, unit="ms") for name, spent in spent_by.items()]
    for name in shape.beside:
        spent = median(one.spent[name] for one in short)
        found += [Row(f"{name} CPU per reply", None, spent / people_count * 1000, unit="ms")]
    run.report.add(f"{heading} (in place of the relay: Chainlit)" if options.chainlit else heading, found)
    for name, unit, figure in _figures(people_count):
        of_each = sorted(figure(one) for one in short)
        run.report.notes.append(f"{heading}: {name} from {of_each[0]:.1f} to {of_each[-1]:.1f} {unit}")


def _figures(people_count: int) -> list[tuple[str, str, Callable[[Measured], float]]]:
    return [
        (CPU, "ms", lambda one: one.servers / people_count * 1000),
        (FIRST, "ms", lambda one: float(one.answer["first"])),
        ("first token, p99", "ms", lambda one: float(one.answer["first_p99"])),
        (LATEST, "ms", lambda one: float(one.answer["p99"] or 0)),
    ]


def _ours(run: Run, shape: Shape, people_count: int, tokens: int, number: int, heading: str) -> Measured:
    server = shape.servers[0]
    what = f"{heading}, {tokens} tokens"
    measured = load.measure(
        readers(people.sign_in(server, people_count, f"together-{people_count}-{tokens}-{number}"), [one.port for one in shape.servers]),
        f"bench:{tokens}:{run.options.rate}",
        run.watched(shape),
        ramp=0,
        patience=run.patience(tokens, run.options.rate),
        titled=True,
        around=run.profiler(what, shape) if number == 0 else lambda: None,
    )
    run.report.troubles += report.troubles(what, measured.answer, people_count, tokens, people.saved(server))
    if number == 0:
        run.report.notes.append(report.bound_by(what, measured))
    return measured


def _baseline(run: Run, people_count: int) -> tuple[list[Measured], list[Measured]]:
    """The same loads, once a run, through the plain relay or through Chainlit, which keep nothing and ask for no titles."""
    python = run.options.chainlit
    name, at = ("Chainlit", "chainlit") if python else ("the plain relay", "relay")
    for tokens in (SHORT, LONG):
        if (people_count, tokens) not in run.baselines_together:
            say(f"{people_count} × {tokens} tokens through {name} …")
            with processes.chainlit(run.base_url, python) if python else processes.relay(run.base_url) as (port, process):
                run.baselines_together[people_count, tokens] = load.measure(
                    [{"cookie": "", "port": port}] * people_count,
                    f"bench:{tokens}:{run.options.rate}",
                    {"server": clocks.of(process), "provider": clocks.of(psutil.Process(run.provider.pid))},
                    ramp=0,
                    patience=run.patience(tokens, run.options.rate),
                    at=at,
                )
    return [run.baselines_together[people_count, SHORT]], [run.baselines_together[people_count, LONG]]


def _steady(short: Sequence[Measured], long: Sequence[Measured], people_count: int) -> float | None:
    """Microseconds for each token that the longer replies have more."""
    if not short:
        return None
    more = median(one.servers for one in long) - median(one.servers for one in short)
    return more / (people_count * (LONG - SHORT)) * 1e6
