# tries: an empty list in place of a number
# expect: invalid

def priority(element, n):
    return []
