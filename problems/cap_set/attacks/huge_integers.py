# tries: integers that no float holds
# expect: invalid

def priority(element, n):
    return 10**400 * sum(element)
