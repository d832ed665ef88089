# tries: an empty list, of which the sums are 0
# expect: invalid

def heights():
    return []
