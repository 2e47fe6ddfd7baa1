"""Reads the lines of a log, and prints for each what a reader makes of it, as JSON.

    parse.py logfmt < log    # pairs, by logfmtkv, as strict as go-logfmt
    parse.py splunk < log    # pairs, by the rule of Splunk's KV_MODE = auto_escaped, as it is documented
    parse.py emf < log       # what aws-embedded-metrics writes for the same metrics; it refuses what CloudWatch would
"""

import json
import re
import sys
from datetime import datetime, timezone


def logfmt():
    from logfmtkv import parse_pairs

    return lambda line: [[key, value] for key, value in parse_pairs(line, strict=True)]


def splunk():
    pair = re.compile(r'([A-Za-z_]\w*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')

    def read(line):
        found = []
        for key, quoted, bare in pair.findall(line):
            # It knows two escapes, and no others.
            found.append([key, bare or re.sub(r'\\(["\\])', r"\1", quoted)])
        return found

    return read


def emf():
    from aws_embedded_metrics.config import get_config
    from aws_embedded_metrics.logger.metrics_context import MetricsContext
    from aws_embedded_metrics.serializers.log_serializer import LogSerializer
    from aws_embedded_metrics.validator import validate_namespace, validate_timestamp

    get_config().disable_metric_extraction = False

    def read(line):
        ours = json.loads(line)
        meta = ours.pop("_aws")
        documents = []
        for directive in meta["CloudWatchMetrics"]:
            validate_namespace(directive["Namespace"])
            validate_timestamp(datetime.fromtimestamp(meta["Timestamp"] / 1000, timezone.utc).replace(tzinfo=None))
            metrics = {metric["Name"] for metric in directive["Metrics"]}
            properties = {key: value for key, value in ours.items() if key not in metrics}
            context = MetricsContext(namespace=directive["Namespace"], properties=properties)
            context.should_use_default_dimensions = False
            context.meta["Timestamp"] = meta["Timestamp"]
            for keys in directive["Dimensions"]:
                # It has no word for a metric without dimensions but no set at all.
                if keys:
                    context.put_dimensions({key: ours[key] for key in keys})
            for metric in directive["Metrics"]:
                context.put_metric(metric["Name"], ours[metric["Name"]], metric["Unit"])
            (document,) = LogSerializer.serialize(context)
            documents.append(json.loads(document))
        return documents

    return read


def main(mode):
    read = {"logfmt": logfmt, "splunk": splunk, "emf": emf}[mode]()
    # By newline alone: Python's own `splitlines` knows more ends of lines than a log has.
    for line in sys.stdin.buffer.read().decode("utf-8").split("\n")[:-1]:
        print(json.dumps(read(line)))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("logfmt", "splunk", "emf"):
        sys.exit(__doc__)
    main(sys.argv[1])
