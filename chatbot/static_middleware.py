"""Static files are looked at when they are first asked for: to look at all of them takes a seventh of a start, and most never are."""

from contextlib import suppress

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import MissingFileError

from .static_storage import StaticFilesStorage


class StaticFilesMiddleware(ServeStaticMiddleware):
    def add_files_from_manifest(self) -> None:
        """Of files that were gathered, only those with a hash in their name are served."""
        assert isinstance(staticfiles_storage, StaticFilesStorage)
        self._storage = staticfiles_storage
        self._unopened = {f"{self.static_prefix}{name}": name for name in self._storage.hashed_files.values()}

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self.use_manifest and (name := self._unopened.get(request.path_info)):
            with suppress(MissingFileError):  # deleted since the start, and perhaps gathered again later
                self.add_file_to_dictionary(request.path_info, self._storage.path(name), root=self._storage.location)
                del self._unopened[request.path_info]
        return await super().__call__(request)
