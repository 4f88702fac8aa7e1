"""What the frameworks are asked with: a shape for answers, and a function that models may call."""

from pydantic import BaseModel


class Ship(BaseModel):
    """A ship."""

    name: str
    guns: int


def weather(city: str) -> str:
    """How warm it is in a city."""
    return f"21 degrees in {city}"
