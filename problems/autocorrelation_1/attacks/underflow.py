# tries: heights of 1e-161, of which the products underflow to 0
# expect: true value 2.0

def heights():
    return [1e-161] * 20
