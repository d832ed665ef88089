from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

Item = TypeVar("Item")


class ReadOnly(Sequence[Item]):
    """A live, read-only view of a list: made and indexed in constant time, whatever the list's length.

    It shows what the archive holds now; ``tuple(view)`` keeps a moment.
    """

    __slots__ = ("_items",)

    def __init__(self, items: list[Item]) -> None:
        self._items = items

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __repr__(self) -> str:
        return f"ReadOnly({self._items!r})"
