# tries: priorities for some of the bins
# expect: invalid

def priority(item, bins):
    return -bins[1:]
