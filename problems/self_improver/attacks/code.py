# tries: a program that is no expression but runs code where it is scored
# expect: at most 0

def advance(program, about, budgets, answers):
    return {"done": "__import__('os')._exit(0)"}
