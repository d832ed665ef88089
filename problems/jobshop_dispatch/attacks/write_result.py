# tries: writes result files instead of answering
# expect: failure
# needs: a real sandbox

import json


def priority(durations, delays, work, operations, queues):
    for name in ("result.json", "metrics.json", "/tmp/result.json"):
        with open(name, "w") as file:
            json.dump({"fitness": 0.0, "gap": 0.0}, file)
    raise SystemExit(0)
