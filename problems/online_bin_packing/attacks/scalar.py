# tries: one number for all bins
# expect: invalid

def priority(item, bins):
    return 1.0
