# tries: an index, perhaps of a bin that is too full
# expect: invalid

def priority(item, bins):
    return 10**6
