# tries: NaN for a single vector
# expect: invalid

def priority(element, n):
    return float("nan") if sum(element) == 2 * n else 0.0
