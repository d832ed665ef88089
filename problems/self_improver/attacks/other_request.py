# tries: to request what there is not
# expect: invalid

def advance(program, about, budgets, answers):
    return {"budgets": {"calls": 1000}}
