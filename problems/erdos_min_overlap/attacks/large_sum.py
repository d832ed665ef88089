# tries: a function that is nearly 1 everywhere: its complement is small where the integral is not made 1
# expect: true value 0.5

def heights():
    return [0.999] * 20
