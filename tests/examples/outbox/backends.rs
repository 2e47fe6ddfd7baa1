//! Where the metrics go: as the command line says, else the environment, else a file, else to the log.

use crate::error::Error;
use clap::Args;
use std::io;
use std::path::PathBuf;
use telemetry::pipeline::{Backend, Config, Pipeline};

#[derive(Args)]
pub(crate) struct BackendArgs {
    /// Where the metrics go: noop, log or prometheus; may be given more than once
    #[arg(long, value_name = "NAME")]
    backend: Vec<Backend>,

    /// Where Prometheus finds the metrics; port 0 is any free port
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,

    /// A TOML file with these settings and more; flags and TELEMETRY_... variables go before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl BackendArgs {
    /// Starts the back ends.
    pub(crate) fn start(&self) -> Result<Pipeline, Error> {
        let config = self.config()?;
        if config.backends.iter().flatten().any(|backend| *backend == Backend::Log) {
            print_log_lines();
        }
        let pipeline = Pipeline::start(&config)?;
        if let Some(address) = pipeline.prometheus_addr() {
            eprintln!("serving http://{address}/metrics");
        }
        Ok(pipeline)
    }

    fn config(&self) -> Result<Config, Error> {
        let mut flags = Config::default();
        flags.backends = (!self.backend.is_empty()).then(|| self.backend.clone());
        flags.prometheus.listen.clone_from(&self.listen);
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

/// Prints what is logged as lines on stderr.
fn print_log_lines() {
    tracing_subscriber::fmt().event_format(telemetry::log::Lines::default()).with_writer(io::stderr).init();
}
