"""System prompts as files, with fragments and cases, both ways: so they can live in git."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.evaluation import verdict
from conversations.management import prompt_evaluation
from conversations.models import User
from conversations.studio.files.comparison import Standing, standing, unified
from conversations.studio.files.problems import FilesRefused
from conversations.studio.foreign import reading
from conversations.transfer import folder_export, folder_import, folders


class Command(BaseCommand):
    help = "Writes system prompts to files, reads them back, and shows what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="write what is live to a folder, a file for each prompt")
        export.add_argument("path", metavar="DIR", type=Path)
        export.add_argument("--force", action="store_true", help="also over files with changes that the site doesn't have")
        take = actions.add_parser("import", help="publish what a folder of prompts, or a file of another product, says")
        take.add_argument("path", metavar="DIR|FILE", type=Path)
        take.add_argument("--author", metavar="USERNAME", required=True, help="in whose name it is published and logged")
        take.add_argument("--note", default="", help="kept with the new versions (default: the file's name)")
        take.add_argument("--from", dest="product", choices=list(reading.READERS), help="FILE was written by this product")
        take.add_argument("--draft", action="store_true", help="save drafts, which chats don’t use, as --from always does")
        take.add_argument("--force", action="store_true", help="also over what was changed on the site since")
        evaluate = actions.add_parser("evaluate", help="run cases, and exit with 1 where something got worse")
        prompt_evaluation.add_arguments(evaluate)
        differ = actions.add_parser("diff", help="show what an import would change, from the site to the files")
        differ.add_argument("path", metavar="DIR", type=Path)
        differ.add_argument("--check", action="store_true", help="exit with 1 where anything differs")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "evaluate":
            self._evaluate(**options)
        else:
            self._change(action, **options)

    def _change(self, action: str, path: Path, **options: Any) -> None:
        try:
            if action == "export":
                self._export(path, **options)
            elif action == "import":
                self._import(path, **options)
            else:
                self._diff(path, **options)
        except FilesRefused as refused:
            raise CommandError(_printable(f"{refused}\nNothing was changed.")) from refused

    def _export(self, path: Path, *, force: bool, **options: Any) -> None:
        done = folder_export.export(path, force=force)
        for name in done.written:
            self.stdout.write(f"{name}: written")
        for line in done.left_out:
            self.stdout.write(line)
        self.stdout.write(f"{_files(len(done.written))} written, {done.unchanged} unchanged.")

    def _import(self, path: Path, *, author: str, product: str | None, note: str, draft: bool, force: bool, **_: Any) -> None:
        user = User.objects.filter(username=author, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user called “{author}”.")
        left_out: list[str] = []
        if product:
            carried, left_out = reading.read(path, product)
            files = folders.Documents(prompts={document.slug: document for document in carried})
        else:
            files = folders.read(path)
        as_draft = draft or bool(product)  # what was written for another product is read before chats use it
        if as_draft:
            done, left = folder_import.save_drafts(files, user, force=force)
        else:
            done, left = folder_import.publish(files, user, note=note, force=force)
        for line in done:
            self.stdout.write(_printable(line))
        for line in left:
            self.stdout.write(_printable(f"Not taken – {line}."))
        for line in left_out:
            self.stdout.write(_printable(f"Not carried over – {line}."))
        if not as_draft:
            for file in folder_import.keep_bases(path, files):
                self.stderr.write(f"{file}: can’t be written, so its base stays as it was: the next import may see a conflict.")
        self.stdout.write(f"{_files(len(done))} imported, {files.count - len(done)} unchanged.")

    def _evaluate(self, **options: Any) -> None:
        try:
            found = prompt_evaluation.evaluate(options, lambda line: self.stderr.write(_printable(line)))
        except (FilesRefused, prompt_evaluation.NotEvaluated) as refused:
            raise CommandError(_printable(str(refused)), returncode=verdict.ERRORS) from refused
        self.stdout.write(verdict.as_json(found) if options["json"] else _printable("\n".join(found.lines())))
        if found.code:
            raise CommandError(_printable(found.sentence), returncode=found.code)

    def _diff(self, path: Path, *, check: bool, **options: Any) -> None:
        differing = 0
        for folder, slug, file, live in folders.beside_each_other(folders.read(path), folders.on_the_site(), path):
            name = folder.named(slug)
            if standing(file, live) != Standing.SAME:
                differing += 1
                self.stdout.write(_printable(f"{name}: {standing(file, live).value}\n{unified(file, live, str(path / name), name)}"))
        self.stdout.write(f"{_files(differing)} differ{'s' if differing == 1 else ''}." if differing else "Nothing differs.")
        if check and differing:
            raise CommandError("The files and the site differ.", returncode=1)


def _printable(text: str) -> str:
    """Without what a terminal would obey: the words are those of a file, or of the user who wrote the prompt."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)


def _files(number: int) -> str:
    return f"{number} file{'' if number == 1 else 's'}"
