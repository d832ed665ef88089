# tries: an empty answer, which has no largest entry
# expect: invalid

def priority(item, bins):
    return []
