"""An improver of programs, which asks a model and a utility by yielding requests."""

# EVOLVE-BLOCK-START
import re


def improve(program, utility, model):
    """Ask the model for better programs, score them, and give the best."""
    expertise = "You are an expert in programming and mathematics, skilled at improving programs."
    message = f"""Improve this program:

{program}

{utility.about}

Think of an idea first, then write the improved program into a fenced block."""
    count = min(model.samples, utility.budget)
    replies = yield model.ask([message] * count, temperature=0.7, expertise=expertise)
    programs = [extract(reply) for reply in replies]
    values = yield utility.score(programs)
    return max(zip(values, programs), key=lambda pair: pair[0])[1]


def extract(reply):
    """Give what stands in the first fenced block of a reply, or all of it; fences begin a line."""
    found = re.search(r"^```[^\n]*\n(.*?)^```", reply, re.DOTALL | re.MULTILINE)
    return (found[1] if found else reply).strip()


# EVOLVE-BLOCK-END


class Utility:
    """What programs are worth: `about` says how, and `budget` how many may be scored in all."""

    def __init__(self, about, budget):
        self.about = about
        self.budget = budget

    def score(self, programs):
        """Give the request to score programs; yielding it gives a list of numbers."""
        return {"score": list(programs)}


class Model:
    """A language model, which may be asked `calls` times with at most `samples` messages each."""

    def __init__(self, calls, samples):
        self.calls = calls
        self.samples = samples

    def ask(self, messages, temperature=0.7, expertise=""):
        """Give the request to ask; yielding it gives a list of replies."""
        return {"ask": list(messages), "temperature": temperature, "expertise": expertise}


def advance(program, about, budgets, answers):
    """Run `improve` over the answers so far, and give its next request."""
    running = improve(program, Utility(about, budgets["scores"]), Model(budgets["calls"], budgets["samples"]))
    try:
        request = next(running)
        for answer in answers:
            request = running.send(answer)
    except StopIteration as end:
        return {"done": end.value}
    return request
