# tries: begins a kilometre to the right; only the way from there counts
# expect: true value 4.392695595558832

def walker():
    return {"joints": [[1000.0, 1000.0], [1002.0, 1000.0], [1001.0, 1001.5]],
            "muscles": [[0, 1, 0.3, 0.0], [1, 2, 0.3, 0.25], [0, 2, 0.0, 0.0]]}
