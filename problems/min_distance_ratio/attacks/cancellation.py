# tries: a grid far away, where differences of squares lose all digits
# expect: true value 18.0

def place(points):
    return [[2.0**50 + i // 4, 2.0**50 + i % 4] for i in range(points)]
