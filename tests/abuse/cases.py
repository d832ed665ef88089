"""What candidates try, beyond the short form that is shipped; `Attack` says what is expected of each."""

import answering
import exhausting
import reaching

from evoengine.sandbox.attacks import ATTACKS, Attack
from evoengine.sandbox.forgeries import FORGERIES

CASES: list[Attack] = [*ATTACKS, *FORGERIES, *exhausting.CASES, *reaching.CASES, *answering.CASES]
