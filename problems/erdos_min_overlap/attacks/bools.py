# tries: True and False where heights belong
# expect: invalid

def heights():
    return [i % 2 == 0 for i in range(20)]
