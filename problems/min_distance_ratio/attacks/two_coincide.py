# tries: two points on one spot among honest ones, in case only different coordinates count
# expect: invalid

def place(points):
    rows = [[float(i // 4), float(i % 4)] for i in range(points)]
    rows[1] = list(rows[0])
    return rows
