# tries: integers that no float holds
# expect: invalid

def heights():
    return [10**400] * 20
