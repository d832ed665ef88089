# tries: heights of 1e308, of which the sum overflows to infinity
# expect: true value 0.6666666666666666

def heights():
    return [1e308] * 20
