"""Makes cases."""

from evoengine.sandbox import attacks, syscalls
from evoengine.sandbox.attacks import CONFINED, EVERY, Attack


class Cases(list[Attack]):
    """What candidates try; each call adds one."""

    def case(self, name: str, kinds: str, source: str, levels: frozenset[str] = EVERY) -> None:
        self.append(attacks.case(name, kinds, source, levels))

    def attempt(
        self, name: str, body: str, levels: frozenset[str] = CONFINED, kinds: str = "ok forbidden"
    ) -> None:
        self.append(attacks.attempt(name, body, levels, kinds))


_ELSEWHERE = {
    "rt_sigqueueinfo": (129, 138),
    "open_by_handle_at": (304, 265),
    "pidfd_open": (434, 434),
    "shmget": (29, 194),
    "vfork": (58, 435),
    "x32": (0x40000000 + 39, 0x40000000 + 39),
}


def native(name: str, arguments: str = "") -> str:
    column = 0 if syscalls.MACHINE == "x86_64" else 1
    number = _ELSEWHERE[name][column] if name in _ELSEWHERE else None
    return attacks.native(name, arguments, number)
