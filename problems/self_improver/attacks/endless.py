# tries: to score nothing for ever
# expect: at most 0

def advance(program, about, budgets, answers):
    return {"score": []}
