# tries: no answer
# expect: invalid

def priority(item, bins):
    return None
