# tries: minus infinity, which marks a vector as used up in other skeletons
# expect: invalid

def priority(element, n):
    return float("-inf") if 0 in element else 0.0
