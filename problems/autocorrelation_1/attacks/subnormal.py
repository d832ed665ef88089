# tries: the smallest float there is
# expect: true value 2.0

def heights():
    return [5e-324] * 20
