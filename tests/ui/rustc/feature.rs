//! errors: 3

use telemetry::collectors::process;
use telemetry::prometheus::{Config, Format, Handler, Renderer, ServeError, Server, render, serve};
use telemetry::{Pipeline, otlp};

fn main() {}
