//! The back ends of the metrics, from the command line, else the environment, else a file, else the log.

use crate::error::Error;
use clap::Args;
use std::io;
use std::path::PathBuf;
use telemetry::log::{Format, is_metric};
use telemetry::pipeline::{Backend, Config, DurationSetting, Pipeline};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

#[derive(Args)]
pub(crate) struct BackendArgs {
    /// Back end of the metrics: noop, log, prometheus, otlp or statsd; may be given more than once
    #[arg(long, value_name = "NAME")]
    backend: Vec<Backend>,

    /// Address for Prometheus; port 0 is any free port
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,

    /// Format of the log lines: prefixed, logfmt, json or emf
    #[arg(long, value_name = "NAME")]
    log_format: Option<Format>,

    /// Time between log lines on suppressed calls, such as 10s; one comes at the end, too
    #[arg(long, value_name = "TIME")]
    log_summary: Option<DurationSetting>,

    /// A TOML file with these settings and more; flags and TELEMETRY_... variables override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl BackendArgs {
    /// Starts the back ends.
    pub(crate) fn start(&self) -> Result<Pipeline, Error> {
        let config = self.config()?;
        let pipeline = Pipeline::start(&config)?;
        let lines = pipeline.log_layer(io::stderr).map(|layer| layer.with_filter(filter_fn(is_metric)));
        tracing_subscriber::registry().with(lines).init();
        if let Some(address) = pipeline.prometheus_addr() {
            eprintln!("serving http://{address}/metrics");
        }
        Ok(pipeline)
    }

    fn config(&self) -> Result<Config, Error> {
        let mut flags = Config::default();
        flags.backends = (!self.backend.is_empty()).then(|| self.backend.clone());
        flags.prometheus.listen.clone_from(&self.listen);
        flags.log.format = self.log_format;
        flags.log.summary = self.log_summary;
        let mut default = Config::default();
        default.backends = Some(vec![Backend::Log]);
        Ok(flags.or(Config::from_env()?).or(self.file()?).or(default))
    }

    fn file(&self) -> Result<Config, Error> {
        let Some(path) = &self.config else { return Ok(Config::default()) };
        let file = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|cause| Error::Read { file: file.clone(), cause })?;
        toml::from_str(&text).map_err(|cause| Error::Config { file, cause: Box::new(cause) })
    }
}
