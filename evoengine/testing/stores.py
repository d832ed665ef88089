"""The contract of a store, for the tests of stores of your own.

::

    class TestMyStore(StoreContract):
        def make(self, folder: Path) -> Store:
            return MyStore(folder / "run.log")
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from evoengine.ports import Store
from evoengine.replay import fold
from evoengine.testing.toy import ToyRecipe, toy_engine
from evoengine.types import Event


def result(name: str, digest: str, fitness: float | None = 1.5) -> dict[str, Any]:
    """Make the body of one result, as `evoengine.encoding.encode_known` does."""
    evaluation = {"status": "error" if fitness is None else "ok", "usage": [1, 0, 0, 0, 0.0]}
    return {
        "candidate": {"id": name, "genome": {"main.py": "aa"}, "digest": digest, "operator": "perturb"},
        "evaluation": evaluation if fitness is None else {**evaluation, "fitness": fitness},
    }


class StoreContract(ABC):
    """What every store keeps to. Subclass it in a test module under a name that starts with ``Test``.

    Attributes
    ----------
    durable
        Whether a store made in the same folder after `close` holds what the first one held.
    """

    durable: ClassVar[bool] = True

    @abstractmethod
    def make(self, folder: Path) -> Store:
        """Make a store in a folder: an empty one, or where it is durable the one that was there."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """Give an empty store, closed afterwards."""
        made = self.make(tmp_path)
        yield made
        made.close()

    def test_an_empty_log_holds_nothing(self, store: Store) -> None:
        assert list(store.events()) == []
        assert store.find("d0") is None
        with pytest.raises(KeyError):
            store.text("aa")
        with pytest.raises(KeyError):
            store.result("0-0")

    def test_what_is_appended_is_read_back_in_order(self, store: Store) -> None:
        told = {"results": [result("0-0", "d0")]}
        numbers = [
            store.append("run", None, 0.0, {"seed": 3}, {}),
            store.append("asked", 0, 0.5, {"operator": "perturb", "parents": []}, {}),
            store.append("told", 0, 1.0, told, {"aa": "print('hello')"}),
        ]
        store.commit()
        assert numbers == [1, 2, 3]
        assert list(store.events()) == [
            Event(1, "run", None, 0.0, {"seed": 3}),
            Event(2, "asked", 0, 0.5, {"operator": "perturb", "parents": []}),
            Event(3, "told", 0, 1.0, told),
        ]
        assert store.text("aa") == "print('hello')"

    def test_what_is_appended_is_seen_before_it_is_committed(self, store: Store) -> None:
        store.append("told", 0, 1.0, {"results": [result("0-0", "d0")]}, {"aa": "text"})
        assert [event.kind for event in store.events()] == ["told"]
        assert (store.text("aa"), store.find("d0")) == ("text", ("0-0", 0))
        store.commit()
        store.commit()
        assert [event.kind for event in store.events()] == ["told"]

    def test_some_kinds_of_events_are_given_in_the_order_of_the_log(self, store: Store) -> None:
        for number, kind in enumerate(("run", "asked", "replied", "asked", "stopped")):
            store.append(kind, number, float(number), {}, {})
        assert [event.seq for event in store.events(("stopped", "asked"))] == [2, 4, 5]
        assert list(store.events(("told",))) == []

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"text": "ä\u2028\x00\ud800 😀", "quotes": "'\"\\"},
            {
                "numbers": [0.1, 1e308, 5e-324, -0.0, 2**63, -1],
                "nested": {"none": None, "truth": [True, False]},
            },
        ],
    )
    def test_a_body_is_read_back_as_it_was(self, store: Store, body: Mapping[str, Any]) -> None:
        store.append("steered", None, 0.0, body, {})
        [event] = store.events()
        assert event.body == body
        assert json.dumps(dict(event.body)) == json.dumps(body)

    @pytest.mark.parametrize("text", ["", "ä\ud800\x00\r\n 😀", "x" * 1_000_000])
    def test_a_text_is_read_back_as_it_was(self, store: Store, text: str) -> None:
        store.append("replied", 0, 0.0, {"texts": ["aa"]}, {"aa": text, "bb": "another"})
        store.append("replied", 1, 0.0, {"texts": ["aa"]}, {"aa": text})
        assert store.text("aa") == text
        assert store.text("bb") == "another"

    def test_nobody_changes_the_log_through_a_body(self, store: Store) -> None:
        body: dict[str, Any] = {"results": [result("0-0", "d0")]}
        store.append("told", 0, 0.0, body, {})
        body["results"].clear()
        for event in store.events():
            event.body["results"][0]["candidate"]["id"] = "changed"
        assert [event.body["results"] for event in store.events()] == [[result("0-0", "d0")]]
        assert store.result("0-0") == result("0-0", "d0")

    def test_results_are_found_by_id_and_by_the_first_of_their_form(self, store: Store) -> None:
        seeds, first, second = result("seed-0", "d0"), result("0-0", "d1", None), result("0-1", "d0", 2.0)
        again = result("1-0", "d1")
        store.append("seeded", None, 0.0, {"results": [seeds]}, {})
        store.append("replied", 0, 0.0, {"step": 0, "evaluation": result("9-9", "d9")["evaluation"]}, {})
        store.append("told", 0, 0.0, {"results": [first, second]}, {})
        store.append("told", 1, 0.0, {"results": [again]}, {})
        assert [store.find(digest) for digest in ("d0", "d1", "d9")] == [("seed-0", 0), ("0-0", 1), None]
        names = ("seed-0", "0-0", "0-1", "1-0")
        assert [store.result(name) for name in names] == [seeds, first, second, again]
        with pytest.raises(KeyError):
            store.result("9-9")

    @pytest.mark.parametrize("order", ["completion", "proposal"])
    def test_a_search_is_folded_back_from_its_log(self, store: Store, order: str) -> None:
        async def search() -> str:
            engine = toy_engine(store, order=order, candidates=60, slots=3, seconds=0.0)
            await engine.run()
            return engine.state.digest()

        live = asyncio.run(search())
        assert fold(store.events(), ToyRecipe(), store.text).digest() == live

    def test_closing_commits_and_may_be_done_twice(self, tmp_path: Path) -> None:
        store = self.make(tmp_path)
        store.append("seeded", None, 0.0, {"results": [result("seed-0", "d0")]}, {"aa": "text"})
        store.close()
        store.close()
        if not self.durable:
            return
        again = self.make(tmp_path)
        assert again.append("told", 0, 1.0, {"results": [result("0-0", "d1")]}, {}) == 2
        assert [event.kind for event in again.events()] == ["seeded", "told"]
        assert (again.text("aa"), again.find("d0"), again.find("d1")) == ("text", ("seed-0", 0), ("0-0", 1))
        again.close()
