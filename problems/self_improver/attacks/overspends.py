# tries: to score more programs than the budget allows
# expect: at most 0

def advance(program, about, budgets, answers):
    return {"score": [program] * 26} if not answers else {"done": "sin(x)"}
