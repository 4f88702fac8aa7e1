"""Static files named by their content and compressed, within seconds rather than minutes."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
from servestatic.compress import Compressor
from servestatic.storage import CompressedManifestStaticFilesStorage

from conversations.pages import browser_modules, bundles, stylesheets

LARGE = 100_000
"""Bytes from which on Brotli's best quality takes longer than its last few per cent are worth."""
HASH = re.compile(r"\.[0-9a-f]{12}\.")


class QuickCompressor(Compressor):
    """A file that is named by its content keeps the compressed versions that it has: compressing is nearly all of gathering."""

    def compress(self, path: str | os.PathLike[str]) -> list[str]:
        path = os.fspath(path)
        versions = [path + suffix for suffix in (".br", ".gz")]
        if HASH.search(path) and all(map(os.path.exists, versions)):
            return versions
        return list(super().compress(path))

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=9 if len(data) > LARGE else 11)

    @staticmethod
    def write_data(path: str, data: bytes, suffix: str, stat_result: os.stat_result) -> str:
        written = Compressor.write_data(path, data, f"{suffix}.part", stat_result)
        return str(Path(written).replace(path + suffix))


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    """A named file is there as a whole or not at all: a process that runs already may give it out while another one gathers."""

    _is_naming = False

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        self._is_naming = True
        try:
            yield from super().post_process({**paths, **self._bundles()}, *args, **options)
        finally:
            self._is_naming = False

    def _bundles(self) -> dict[str, Any]:
        """Files that are made of others, in the form in which those come."""
        made = dict([*bundles.joined(browser_modules.SCRIPTS), *stylesheets.bundles(stylesheets.STYLESHEETS)])
        made[bundles.PURIFIER] = bundles.purifier(browser_modules.BASE_DIR / "node_modules")
        for name, text in made.items():
            path = Path(self.path(name))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return {name: (self, name) for name in made}

    def delete(self, name: str) -> None:
        """Django deletes a file that is there already before it saves the same one again, which replaces it here."""
        if not (self._is_naming and HASH.search(name)):
            super().delete(name)

    def _save(self, name: str, content: Any) -> str:
        if not (self._is_naming and HASH.search(name)):
            return str(super()._save(name, content))
        Path(self.path(super()._save(f"{name}.part", content))).replace(self.path(name))
        return name
