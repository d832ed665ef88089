# tries: one number for all steps
# expect: invalid

def heights():
    return 0.5
