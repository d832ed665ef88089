# tries: integers that no float holds
# expect: invalid

def pack(circles):
    return [[10**400, 10**400, 10**400] for _ in range(circles)]
