# tries: complex priorities, which have no order
# expect: failure

def priority(element, n):
    return complex(element[0], element[1])
