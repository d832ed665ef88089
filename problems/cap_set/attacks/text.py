# tries: a number written as text
# expect: invalid

def priority(element, n):
    return "1.0"
