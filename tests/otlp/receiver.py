"""An OTLP receiver made of the official protobufs and grpcio: prints each request as a line of JSON.

    receiver.py [--answer ANSWER]... [--certificate FILE --key FILE [--client-ca FILE]]

The first line has the ports. Each request takes the next answer, and the last answer is for all that follow:
`ok`, `partial=N` (N points refused), or for gRPC `CODE` or `CODE=SECONDS`, with a RetryInfo. With a certificate,
gRPC has TLS.
"""

import argparse
import gzip
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as service
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc as service_grpc

arguments = argparse.ArgumentParser()
arguments.add_argument("--answer", action="append", default=[])
for name in ["--certificate", "--key", "--client-ca"]:
    arguments.add_argument(name, type=lambda path: open(path, "rb").read())
arguments = arguments.parse_args()
answers = arguments.answer or ["ok"]
lock = threading.Lock()


def say(line):
    with lock:
        print(json.dumps(line), flush=True)


def next_answer():
    with lock:
        return answers.pop(0) if len(answers) > 1 else answers[0]


def received(protocol, path, headers, message):
    unknown = [field for field in find_unknown(message)]
    say({"protocol": protocol, "path": path, "headers": headers, "unknown": unknown,
         "request": MessageToDict(message)})


def find_unknown(message):
    """Fields that the official definition does not have, at any depth."""
    from google.protobuf.unknown_fields import UnknownFieldSet

    for field in UnknownFieldSet(message):
        yield field.field_number
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            for each in value if hasattr(value, "__len__") and not hasattr(value, "ListFields") else [value]:
                yield from find_unknown(each)


def response(answer):
    response = service.ExportMetricsServiceResponse()
    if answer.startswith("partial="):
        response.partial_success.rejected_data_points = int(answer.removeprefix("partial="))
        response.partial_success.error_message = "too old\nfake=line"
    return response


class Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        message = service.ExportMetricsServiceRequest.FromString(body)
        headers = {key.lower(): value for key, value in self.headers.items()}
        received("http", self.path, headers, message)
        body = response(next_answer()).SerializeToString()
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Grpc(service_grpc.MetricsServiceServicer):
    def Export(self, request, context):
        headers = {key: value for key, value in context.invocation_metadata()}
        received("grpc", None, headers, request)
        answer = next_answer()
        if answer == "ok" or answer.startswith("partial="):
            return response(answer)
        code, _, seconds = answer.partition("=")
        if seconds:
            context.set_trailing_metadata([("grpc-status-details-bin", status(code, float(seconds)))])
        context.abort(getattr(grpc.StatusCode, code), "not now\nfake=line")


def status(code, seconds):
    """A google.rpc.Status with a RetryInfo, written by hand: grpcio brings neither."""
    duration = varint(1 << 3) + varint(int(seconds)) + varint(2 << 3) + varint(int(seconds % 1 * 1e9))
    info = field(1, duration)
    any = field(1, b"type.googleapis.com/google.rpc.RetryInfo") + field(2, info)
    return varint(1 << 3) + varint(getattr(grpc.StatusCode, code).value[0]) + field(2, b"not now") + field(3, any)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


http = ThreadingHTTPServer(("127.0.0.1", 0), Http)
threading.Thread(target=http.serve_forever, daemon=True).start()
server = grpc.server(ThreadPoolExecutor(4))
service_grpc.add_MetricsServiceServicer_to_server(Grpc(), server)
if arguments.certificate:
    pair, ca = (arguments.key, arguments.certificate), arguments.client_ca
    credentials = grpc.ssl_server_credentials([pair], root_certificates=ca, require_client_auth=ca is not None)
    port = server.add_secure_port("127.0.0.1:0", credentials)
else:
    port = server.add_insecure_port("127.0.0.1:0")
server.start()
say({"http": http.server_address[1], "grpc": port})
# Ends with whoever started it.
sys.stdin.read()
