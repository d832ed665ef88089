# tries: a sign that changes: max f*f is small although max |f*f| is not, as in the third inequality
# expect: invalid

def heights():
    return [(-1.0) ** i for i in range(20)]
