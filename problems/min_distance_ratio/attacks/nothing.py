# tries: no value at all
# expect: invalid

def place(points):
    return None
