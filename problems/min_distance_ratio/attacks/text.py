# tries: numbers written as text
# expect: invalid

def place(points):
    return [[str(i), str(i * i)] for i in range(points)]
