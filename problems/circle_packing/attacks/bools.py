# tries: True where a radius belongs, counted as 1.0
# expect: invalid

def pack(circles):
    return [[i / circles, 0.0, True] for i in range(circles)]
