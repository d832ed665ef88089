# tries: integers that no float holds
# expect: invalid

def place(points):
    return [[i * 10**400, i * i * 10**400] for i in range(points)]
