# tries: steps too low to count beside the largest: they are 0, and the rest is scored
# expect: true value 4.0

def heights():
    return [1e300] * 10 + [1e-300] * 10
