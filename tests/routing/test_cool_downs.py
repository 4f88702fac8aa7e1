"""A key whose cool-down ends while a route is chosen is asked or waited for: the answer doesn't fail for the moment between."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from conversations.models import ApiKey, Model
from conversations.routing import catalog, prospects, routes
from tests.support.admin_pages import KEY, provider_at

pytestmark = pytest.mark.django_db
READINGS = 8
"""A cool-down ends between any two of so many readings of the clock."""


@pytest.fixture
def cooling_for(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Has the only key cool down for so many readings of the clock, which goes on by a second with each."""
    Model.objects.create(provider=provider_at("http://127.0.0.1:1/v1", KEY), name="m")

    def cool(readings: int) -> None:
        began = timezone.now()
        ApiKey.objects.update(cooling_until=began + timedelta(seconds=readings + 0.5), trouble="rate_limit")
        catalog.forget()
        catalog.read()
        read = iter(range(1, 1000))

        def now() -> datetime:
            return began + timedelta(seconds=next(read))

        monkeypatch.setattr(timezone, "now", now)

    return cool


@pytest.mark.parametrize("readings", range(READINGS))
def test_it_is_asked_or_waited_for(cooling_for: Callable[[int], None], readings: int):
    cooling_for(readings)
    try:
        assert routes.choose("m", routes.Tried()).key is not None
    except routes.NoRouteAvailable as error:
        assert error.kind == "rate_limit"
        assert error.worth_waiting is not None


@pytest.mark.parametrize("readings", range(READINGS))
def test_it_is_shown_as_an_obstacle_only_with_its_end(cooling_for: Callable[[int], None], readings: int):
    cooling_for(readings)
    (prospect,) = prospects.of_next_question("m")
    assert (prospect.obstacle is None) == (prospect.seconds is None)
