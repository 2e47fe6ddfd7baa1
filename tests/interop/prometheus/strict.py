"""Reads expositions with the parsers of prometheus_client, and prints what they see as JSON.

    strict.py openmetrics < body     # or text: one body
    strict.py serve                  # a line FORMAT LENGTH, then LENGTH bytes, and again; a line of JSON for each

Numbers are strings, since JSON has no NaN.
"""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as text

PARSERS = {"openmetrics": openmetrics, "text": text}


def read(format, body):
    try:
        return {"families": families(PARSERS[format](body.decode("utf-8")))}
    except Exception as error:  # A parser trips over some input without meaning to: that is no less a refusal.
        return {"refused": f"{type(error).__name__}: {error}"}


def families(parsed):
    found, names, series = [], set(), set()
    for family in parsed:
        # Both parsers let the same thing pass twice.
        once(names, family.name)
        for sample in family.samples:
            once(series, (sample.name, frozenset(sample.labels.items())))
        found.append(
            {
                "name": family.name,
                "type": family.type,
                "unit": family.unit,
                "help": family.documentation,
                "samples": [[s.name, s.labels, repr(float(s.value))] for s in family.samples],
            }
        )
    return found


def once(seen, item):
    if item in seen:
        raise ValueError(f"twice: {item}")
    seen.add(item)


def serve():
    while head := sys.stdin.buffer.readline():
        format, length = head.split()
        answer = read(format.decode(), sys.stdin.buffer.read(int(length)))
        print(json.dumps(answer), flush=True)


def main(mode):
    if mode == "serve":
        return serve()
    answer = read(mode, sys.stdin.buffer.read())
    print(json.dumps(answer, indent=1))
    sys.exit("refused" in answer)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in [*PARSERS, "serve"]:
        sys.exit(__doc__)
    main(sys.argv[1])
