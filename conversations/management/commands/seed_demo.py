"""Fill an empty site with a believable month, to try the product out and to see what the reports look like."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from conversations.management import database
from conversations.management.demo import people
from conversations.management.demo.month import Month
from conversations.management.problems import StartProblem
from conversations.models import Conversation, Message, Provider, SearchEntry, User
from conversations.search import rebuilding
from conversations.usage.reports import rollups

REPLIES_PER_DAY = 1000


class Command(BaseCommand):
    help = "Fills an empty site with a believable month: people, prompts, conversations, and attempts with a bad afternoon."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how far back it goes (default: %(default)s)")
        parser.add_argument("--replies", type=int, help=f"how many in all (default: {REPLIES_PER_DAY:,} a day)")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another month (default: %(default)s)")
        parser.add_argument("--attempts-only", action="store_true", help="leave conversations out: only what reports are made of")
        parser.add_argument("--yes", action="store_true", help="even where people already have conversations")

    def handle(self, *args: Any, days: int, replies: int | None, seed: int, attempts_only: bool, yes: bool, **options: Any) -> None:
        if days < 1 or (replies is not None and replies < 1):
            raise CommandError("--days and --replies take a number from 1.")
        try:
            database.migrate_if_needed()  # nothing was ever served from a fresh folder
        except StartProblem as problem:
            raise CommandError(str(problem)) from problem
        if User.objects.filter(username__in=people.usernames()).exists() or Provider.objects.filter(name__endswith="(demo)").exists():
            raise CommandError("The demo is here already. To make another one, start with an empty database.")
        if not yes and Conversation.objects.exists():
            raise CommandError("There are conversations on this site already. With --yes, the demo is put beside them.")
        began, rng = time.monotonic(), random.Random(seed)  # noqa: S311 (nothing here is secret; passwords are made elsewhere)
        now = timezone.now()
        first = rollups.midnight((now - timedelta(days=days - 1)).date())
        number = replies or REPLIES_PER_DAY * days
        with transaction.atomic():
            cast, password = people.make(first, now, rng)
            attempts = Month(cast, first, now, rng).write(number, attempts_only=attempts_only)
            rollups.forget(first.date(), now.date())
        rolled = len(rollups.roll_up_waiting())
        rebuilding.fill(Conversation, Message, SearchEntry)
        self.stdout.write(
            f"{number:,} replies by {len(cast.users)} people, {attempts:,} attempts, {rolled} days rolled up "
            f"({time.monotonic() - began:.0f} seconds).\n"
            f"Sign in as {people.DEMO} with the password {password} – a superuser, so make no demo where strangers can reach it.\n"
            "The demo's other users can't sign in, and its two providers are switched off."
        )
