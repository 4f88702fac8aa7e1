"""Static files named by their content and compressed, within seconds rather than minutes."""

from typing import Any

import brotli
from servestatic.compress import Compressor
from servestatic.storage import CompressedManifestStaticFilesStorage

LARGE = 40_000
"""Bytes from which on Brotli's best quality takes longer than its last few per cent are worth."""


class QuickCompressor(Compressor):
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=9 if len(data) > LARGE else 11)


class StaticFilesStorage(CompressedManifestStaticFilesStorage):
    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)
