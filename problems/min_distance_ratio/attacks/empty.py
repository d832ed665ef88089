# tries: an empty list, so that loops over points check nothing
# expect: invalid

def place(points):
    return []
