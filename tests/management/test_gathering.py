"""Gathering static files again takes nothing away from a process that gives them out meanwhile."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from chatbot import static_middleware
from chatbot.static_storage import QuickCompressor, StaticFilesStorage

SCRIPTS = {"a.js": 'import "./b.js";\n', "b.js": "export const many = 1;\n" * 50}


def gather(root: Path, source: Path) -> StaticFilesStorage:
    """As `collectstatic` does."""
    storage, sources = StaticFilesStorage(root, "/static/"), FileSystemStorage(source)
    for name in SCRIPTS:
        with sources.open(name) as file:
            storage.delete(name)
            storage.save(name, file)
    for _ in storage.post_process({name: (sources, name) for name in SCRIPTS}):
        pass
    return storage


def test_what_is_gathered_again_is_there_as_a_whole_all_the_time(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STATIC_ROOT, source = tmp_path / "root", tmp_path / "source"
    source.mkdir()
    for name, text in SCRIPTS.items():
        (source / name).write_text(text)
    names = gather(settings.STATIC_ROOT, source).hashed_files.values()
    served = {settings.STATIC_ROOT / name: None for name in names}
    served |= {file: None for script in served for file in settings.STATIC_ROOT.glob(f"{script.name}.*")}
    kept = {file: file.read_bytes() for file in served}
    assert len(kept) > len(SCRIPTS)  # compressed ones, too
    looks: list[dict[Path, bytes]] = []

    def look() -> None:
        looks.append({file: file.read_bytes() for file in kept if file.exists()})

    write = vars(FileSystemStorage)["_save"]

    def writing(self: Any, name: str, content: Any) -> str:
        look()
        chunks = content.chunks

        def looked_at() -> Any:
            look()  # the file to be written is open, and empty
            yield from chunks()

        monkeypatch.setattr(content, "chunks", looked_at, raising=False)
        return str(write(self, name, content))

    monkeypatch.setattr(FileSystemStorage, "_save", writing)
    gather(settings.STATIC_ROOT, source)
    look()
    assert len(looks) > len(SCRIPTS)
    assert all(seen == kept for seen in looks)
    assert not list(settings.STATIC_ROOT.rglob("*.part"))


def test_only_what_changed_is_compressed_again(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STATIC_ROOT, source = tmp_path / "root", tmp_path / "source"
    source.mkdir()
    for name, text in SCRIPTS.items():
        (source / name).write_text(text * 9)
    gather(settings.STATIC_ROOT, source)
    compressed: list[bytes] = []
    compress = QuickCompressor.compress_brotli

    def noted(data: bytes) -> bytes:
        compressed.append(data)
        return compress(data)

    monkeypatch.setattr(QuickCompressor, "compress_brotli", staticmethod(noted))
    gather(settings.STATIC_ROOT, source)
    assert compressed == []
    (source / "a.js").write_text(text := "// New.\n" * 90)
    named = gather(settings.STATIC_ROOT, source).hashed_files["a.js"]
    assert compressed == [text.encode()]
    assert sorted(file.name for file in settings.STATIC_ROOT.glob(f"{named}*")) == [named, f"{named}.br", f"{named}.gz"]
    next(settings.STATIC_ROOT.glob(f"{named}.gz")).unlink()  # as where it ended in between
    gather(settings.STATIC_ROOT, source)
    assert compressed == [text.encode()] * 2
    assert (settings.STATIC_ROOT / f"{named}.gz").exists()


async def test_a_file_that_was_away_when_it_was_first_asked_for_is_found_once_it_is_there(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT, settings.SERVESTATIC_USE_MANIFEST, source = tmp_path / "root", True, tmp_path / "source"
    source.mkdir()
    for name, text in SCRIPTS.items():
        (source / name).write_text(text)
    monkeypatch.setattr(static_middleware, "staticfiles_storage", storage := gather(settings.STATIC_ROOT, source))
    name = storage.hashed_files["b.js"]

    async def django(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=404)

    middleware = static_middleware.StaticFilesMiddleware(django)
    (settings.STATIC_ROOT / name).rename(tmp_path / "away")
    assert (await middleware(RequestFactory().get(f"/static/{name}"))).status_code == 404
    (tmp_path / "away").rename(settings.STATIC_ROOT / name)
    assert (await middleware(RequestFactory().get(f"/static/{name}"))).status_code == 200
