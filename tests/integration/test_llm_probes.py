"""What is asked of a server besides its models."""

import threading
from contextlib import contextmanager
from time import sleep

import pytest
from command import call
from served_models import problem, search, write_models
from served_pool import ask, pooled, spec
from test_cli import place

from evoengine.effects import Generate, Message
from evoengine.llm.probes import served_name, server_figures
from evoengine.testing.model_server import ModelServer
from evoengine.testing.replies import shifted_numbers
from evoengine.testing.vllm_server import VLLMServer

__all__ = ["place", "problem"]


def answer(request, index):
    messages = tuple(Message(**message) for message in request.body["messages"])
    return shifted_numbers(Generate(messages), request.number, index)[0]


@contextmanager
def busy(server):
    """Keep one request after the other running."""
    idle = threading.Event()

    async def work(pool):
        proposal = 0
        while not idle.is_set():
            await pool.generate(ask("1" * 64), proposal=proposal, step=0)
            proposal += 1

    thread = threading.Thread(target=pooled, args=([spec(server)], work))
    thread.start()
    while not server.replies:
        sleep(0.01)
    yield
    idle.set()
    thread.join()


def test_the_figures_of_an_idle_server_are_its_sums():
    with VLLMServer() as server:
        assert server_figures(server.url).prefix_hits is None

        async def work(pool):
            for proposal in range(4):
                await pool.generate(ask("1" * 64), proposal=proposal, step=0)

        pooled([spec(server)], work)
        figures = server_figures(server.url)
    assert (figures.base_url, figures.running, figures.waiting) == (server.url, 0, 0)
    assert (figures.tokens_in, figures.tokens_out, figures.tokens_per_second) == (40, 40, 0.0)
    assert figures.prefix_hits == pytest.approx(0.75)


def test_a_server_at_work_is_asked_twice_for_its_rate():
    with VLLMServer(delay=0.05) as server, busy(server):
        figures = server_figures(server.url)
        while not figures.tokens_per_second:  # it may be asked just between two requests
            figures = server_figures(server.url)
    assert figures.tokens_per_second > 0
    assert figures.tokens_out == 10 * round(figures.tokens_out / 10)


def test_what_is_no_vllm_or_does_not_answer_has_no_figures():
    with ModelServer() as server:
        assert server_figures(server.url) is None
    assert server_figures("http://127.0.0.1:9/v1") is None


def test_the_statistics_of_a_run_show_the_servers_that_answer(place, problem):
    with VLLMServer(answer) as server:
        write_models(place, server)
        assert search(problem, "--candidates", "3")[0] == 0
        text = call("stats")[1]
        assert server.url in text
        assert "prefix_hits" in text
    assert "prefix_hits" not in call("stats")[1]


def test_the_name_of_a_model_is_what_its_server_lists_first():
    with VLLMServer(names=("small", "tuned")) as server:
        assert served_name(server.url) == "small"
    assert served_name(server.url) is None, "it has ended"
