# tries: no value at all
# expect: invalid

def priority(element, n):
    return None
