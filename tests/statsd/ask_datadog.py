"""Sends the calls of a JSON list on standard input through Datadog's own client, made with the arguments of a JSON object."""

import json
import sys

from datadog.dogstatsd.base import DogStatsd

client = DogStatsd(namespace="app", disable_telemetry=True, disable_buffering=True, **json.loads(sys.argv[1]))
for kind, name, value, tags in json.load(sys.stdin):
    getattr(client, kind)(name, value, tags=tags)
client.close_socket()
