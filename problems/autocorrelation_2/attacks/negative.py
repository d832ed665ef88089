# tries: negative heights, which cancel in the autoconvolution
# expect: invalid

def heights():
    return [1.0, -0.5, 1.0, 1.0, -0.5, 1.0]
