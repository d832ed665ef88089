# tries: no value at all
# expect: invalid

def pack(circles):
    return None
