# tries: NaN, which is the largest to some and the smallest to others
# expect: invalid

def priority(element, n):
    return float("nan")
