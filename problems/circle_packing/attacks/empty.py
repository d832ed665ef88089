# tries: an empty list, so that loops over circles check nothing
# expect: invalid

def pack(circles):
    return []
