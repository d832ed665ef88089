# tries: infinite priorities, to have vectors taken that are on a line
# expect: invalid

def priority(element, n):
    return float("inf")
