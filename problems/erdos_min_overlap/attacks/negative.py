# tries: negative heights, which make room for others above 1
# expect: invalid

def heights():
    return [1.0, -0.5, 1.0, 1.0, -0.5, 1.0]
