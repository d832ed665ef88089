# tries: to return a utility with the program
# expect: invalid

def advance(program, about, budgets, answers):
    return {"done": {"program": program, "utility": 1.0}}
