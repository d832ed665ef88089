"""The operators that ask a model, by the name that they are credited under."""

from collections.abc import Callable, Mapping

from evoengine.operators.cases import Learn, Review
from evoengine.operators.composed import RewriteThenTune
from evoengine.operators.prompting import Branch, CrossThenMutate, Differ, Steer
from evoengine.operators.reflect import Contrast, Instruct, Reflect, Summarise
from evoengine.operators.repair import Repair
from evoengine.operators.research import Research
from evoengine.operators.rewrite import (
    Aim,
    Avoid,
    CarryOver,
    Combine,
    Commit,
    CommonIdea,
    Edit,
    Explore,
    Modify,
    Moves,
    NextVersion,
    Reparameterise,
    Rewrite,
    RolePlay,
    Simplify,
    Surpass,
)
from evoengine.operators.self_improve import SelfImprove
from evoengine.operators.thoughts import Criticise, Diagnose, Strategise, Think
from evoengine.operators.trace import Update
from evoengine.ports import Operator

MODEL_OPERATORS: Mapping[str, Callable[..., Operator]] = {
    "rewrite": Rewrite,
    "edit": Edit,
    "combine": Combine,
    "explore": Explore,
    "simplify": Simplify,
    "modify": Modify,
    "reparameterise": Reparameterise,
    "common_idea": CommonIdea,
    "avoid": Avoid,
    "surpass": Surpass,
    "commit": Commit,
    "next_version": NextVersion,
    "moves": Moves,
    "update": Update,
    "self_improve": SelfImprove,
    "role_play": RolePlay,
    "carry_over": CarryOver,
    "aim": Aim,
    "repair": Repair,
    "reflect": Reflect,
    "contrast": Contrast,
    "strategise": Strategise,
    "think": Think,
    "criticise": Criticise,
    "diagnose": Diagnose,
    "research": Research,
    "summarise": Summarise,
    "instruct": Instruct,
    "learn": Learn,
    "review": Review,
    "branch": Branch,
    "steer": Steer,
    "cross_then_mutate": CrossThenMutate,
    "differ": Differ,
    "rewrite_then_tune": RewriteThenTune,
}
"""Every operator that needs a model. `aim` needs a job with a cell, `repair` one with a failed parent."""
