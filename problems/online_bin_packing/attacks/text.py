# tries: numbers written as text
# expect: invalid

def priority(item, bins):
    return ["1.0"] * len(bins)
