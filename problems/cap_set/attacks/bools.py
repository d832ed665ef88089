# tries: True and False as priorities
# expect: invalid

def priority(element, n):
    return element.count(0) == 0
