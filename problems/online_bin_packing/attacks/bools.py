# tries: an array of bools
# expect: invalid

def priority(item, bins):
    return bins == bins.min()
