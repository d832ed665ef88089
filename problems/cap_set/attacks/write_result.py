# tries: writes result files instead of returning priorities
# expect: failure
# needs: a real sandbox

import json


def priority(element, n):
    for name in ("result.json", "metrics.json", "/tmp/result.json"):
        with open(name, "w") as file:
            json.dump({"fitness": 6561, "size": 6561}, file)
    raise SystemExit(0)
