# tries: makes room in the bins that it is shown; it is shown copies
# expect: true value 4.4828848277316595

def priority(item, bins):
    priorities = -bins
    bins += 1000.0
    return priorities
