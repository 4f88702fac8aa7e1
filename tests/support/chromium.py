"""Where Chromium is, and how it is started for tests."""

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first is the same engine without the browser's own windows, which cost more than most pages."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",  # there is none, and a process for it is a twelfth of what a test costs
    "--disable-software-rasterizer",  # of WebGL, which no page has: it is started with each renderer
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--no-opt,--no-maglev",  # a page lives too short: to optimise its scripts is a tenth of what a test costs, and gains less
    "--process-per-site",  # the pages of a context share a renderer, which is a third of what opening one costs
]


def path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)
