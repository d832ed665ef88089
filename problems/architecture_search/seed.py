"""An architecture for a network that tells ten kinds of signals apart."""


# EVOLVE-BLOCK-START
def architecture(length, classes):
    """Give the layers: two convolutions that halve the positions; a dense layer to the classes follows."""
    layers = []
    for channels in (8, 16):
        layers.append({"kind": "conv", "channels": channels, "width": 5, "stride": 2, "activation": "relu"})
    return layers


# EVOLVE-BLOCK-END
