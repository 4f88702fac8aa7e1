"""A base URL that may be wrong is doubted where it is entered; one that is usual is not."""

import pytest

from conversations.providers import base_urls


@pytest.mark.parametrize(
    "address",
    [
        *(
            "https://api.openai.com/v1",
            "http://localhost:11434/v1",
            "http://127.0.0.1:8080/v1",
            "http://[::1]:8080/v1",
            "http://ollama:11434/v1",
        ),
        *("http://192.168.1.5:11434/v1", "http://10.1.2.3/v1", "http://100.64.0.7/v1", "http://[fd00::1]/v1", "http://box.local/v1"),
        *("http://llm.internal/v1", "http://host.docker.internal:11434/v1", "https://gateway.example/openai"),
    ],
)
def test_usual_addresses(address: str) -> None:
    assert base_urls.clean(f" {address}/ ") == address
    assert base_urls.doubts(address) == []


@pytest.mark.parametrize(
    "address", ["http://models.example/v1", "http://8.8.8.8/v1", "http://[2606:4700::1111]/v1", "http://models.example./v1"]
)
def test_what_can_be_read_on_the_way(address: str) -> None:
    assert ["without encryption" in doubt for doubt in base_urls.doubts(address)] == [True]
    assert base_urls.doubts(address.replace("http:", "https:")) == []


def test_a_forgotten_path() -> None:
    assert base_urls.clean("HTTPS://models.example/") == "https://models.example"
    [doubt] = base_urls.doubts("https://models.example")
    assert "https://models.example/v1" in doubt


@pytest.mark.parametrize("host", ["models..example", ".example", "m" * 64 + ".example"])
def test_a_host_that_no_request_can_name_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="Write an address"):
        base_urls.clean(f"https://{host}/v1")
