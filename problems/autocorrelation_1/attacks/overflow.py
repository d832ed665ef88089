# tries: heights of 1e308, of which the sum overflows to infinity
# expect: true value 2.0

def heights():
    return [1e308] * 20
