# tries: heights of 1e-161, of which the products underflow to 0
# expect: true value 0.6666666666666666

def heights():
    return [1e-161] * 20
