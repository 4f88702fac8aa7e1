"""Make a token for the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from conversations.models import ApiToken, Scope, User


class Command(BaseCommand):
    help = "Makes a token with which programs use the API as this user, and prints it, and nothing else, on standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="Made on the command line", help="What uses the token, for lists of tokens.")
        parser.add_argument("--scope", action="append", choices=Scope.values, help="What it is good for; several times for several.")
        parser.add_argument("--days", type=int, help="How long it is good for. Without it, until it is revoked.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['username']}”.")
        if not user.is_active:
            raise CommandError(f"The account “{options['username']}” is inactive: no token of it would be accepted.")
        days = options["days"]
        if days is not None and not 1 <= days <= 36_500:
            raise CommandError("--days must be a whole number from 1 to 36500.")
        token = ApiToken(user=user, name=options["name"][:80], scopes=options["scope"] or list(Scope.values))
        token.expires = timezone.now() + timedelta(days=days) if days else None
        secret = token.draw()
        token.save()
        self.stdout.write(secret)
