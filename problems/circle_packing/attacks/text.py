# tries: numbers written as text
# expect: invalid

def pack(circles):
    return [["0.5", "0.5", "0.5"] for _ in range(circles)]
