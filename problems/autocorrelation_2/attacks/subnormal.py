# tries: the smallest float there is
# expect: true value 0.6666666666666666

def heights():
    return [5e-324] * 20
