"""A key is not asked before its cool-down ends; where that ends while a route is chosen, it is asked or waited for, and no answer fails."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from conversations.models import ApiKey, Model
from conversations.providers.errors import ProviderError
from conversations.routing import catalog, keys, prospects, routes
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


@pytest.mark.parametrize("later", [0.05, 0.5])
def test_a_cool_down_that_another_prolongs_lasts_until_its_own_end(monkeypatch: pytest.MonkeyPatch, later: float):
    """However little later that is, and whatever is read of it meanwhile."""
    Model.objects.create(provider=provider_at("http://127.0.0.1:1/v1", KEY), name="m")
    began, key = timezone.now(), ApiKey.objects.get()
    for seconds in (0.0, later):
        monkeypatch.setattr(timezone, "now", lambda seconds=seconds: began + timedelta(seconds=seconds))
        keys.cool(key.pk, ProviderError("rate_limit", "Too often", retry_after=1.0))
    catalog.forget()
    catalog.read()
    monkeypatch.setattr(timezone, "now", lambda: began + timedelta(seconds=later + 0.99))
    with pytest.raises(routes.NoRouteAvailable) as refused:
        routes.choose("m", routes.Tried())
    assert refused.value.worth_waiting == pytest.approx(0.01)
    ApiKey.objects.update(cooling_until=None)  # an administrator lets it be used again
    catalog.forget()
    assert routes.choose("m", routes.Tried()).key is not None


def test_a_shorter_one_ends_none_that_began_before(monkeypatch: pytest.MonkeyPatch):
    Model.objects.create(provider=provider_at("http://127.0.0.1:1/v1", KEY), name="m")
    catalog.read()
    began, key = timezone.now(), ApiKey.objects.get()
    for seconds in (60.0, 1.0):
        keys.cool(key.pk, ProviderError("rate_limit", "Too often", retry_after=seconds))
    monkeypatch.setattr(timezone, "now", lambda: began + timedelta(seconds=2))
    with pytest.raises(routes.NoRouteAvailable):
        routes.choose("m", routes.Tried())
    ApiKey.objects.update(cooling_until=None)  # an administrator lets it be used again
    catalog.forget()
    assert routes.choose("m", routes.Tried()).key is not None
    keys.cool(key.pk, ProviderError("rate_limit", "Too often", retry_after=1.0))
    with pytest.raises(routes.NoRouteAvailable) as refused:
        routes.choose("m", routes.Tried())
    assert refused.value.worth_waiting == pytest.approx(1.0, abs=0.01)
