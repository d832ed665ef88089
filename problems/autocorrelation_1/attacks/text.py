# tries: numbers written as text
# expect: invalid

def heights():
    return ["0.5"] * 20
