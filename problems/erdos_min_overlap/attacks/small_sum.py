# tries: a function that is 0.001 everywhere: its overlap is small where the integral is not made 1
# expect: true value 0.5

def heights():
    return [0.001] * 20
