# tries: patches NumPy for the training; it is the evaluator's own in another process
# expect: true value 517.188
# needs: a real sandbox

import numpy as np

np.argmax = lambda *args, **kwargs: np.zeros(200, dtype=int)
np.mean = np.count_nonzero = lambda *args, **kwargs: 0


def architecture(length, classes):
    layers = []
    for channels in (8, 16):
        layers.append({"kind": "conv", "channels": channels, "width": 5, "stride": 2, "activation": "relu"})
    return layers
