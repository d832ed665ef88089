# tries: everything on one step of many, where a sum in place of an integral would be far off
# expect: true value 0.6666666666666666

def heights():
    return [1.0] + [0.0] * 3999
