"""Sends the calls of a JSON list on standard input through Datadog's own client, to the UDP port that is given."""

import json
import sys

from datadog.dogstatsd.base import DogStatsd

client = DogStatsd(
    host="127.0.0.1",
    port=int(sys.argv[1]),
    namespace="app",
    constant_tags=["region:eu 1", "env:pro|d"],
    disable_telemetry=True,
    disable_buffering=True,
    origin_detection_enabled=False,
)
for kind, name, value, tags in json.load(sys.stdin):
    getattr(client, kind)(name, value, tags=tags)
client.close_socket()
