# tries: more constants than there are
# expect: failure

def equation(x, v, t, params):
    return sum(params[i] * x**i for i in range(200))
