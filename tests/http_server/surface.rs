//! A surface to serve, and a callback that can be held.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use telemetry::prometheus::{Config, Server};
use telemetry::registry::Instruments;
use telemetry::{Registry, metrics};

#[metrics(namespace = "app")]
pub trait Metrics {
    /// Requests served.
    #[counter]
    fn requests(&self, #[label(cap = 20_000)] route: &str);

    /// Scrapes.
    #[gauge]
    fn set_scrapes(&self, scrapes: u64);
}

/// A registry with the surface, its implementation, and the count of its collections.
pub struct App {
    pub registry: Registry,
    pub metrics: Instruments<dyn Metrics>,
    pub gate: Arc<Gate>,
}

impl App {
    pub fn new() -> Self {
        let registry = Registry::new();
        let metrics = registry.register::<dyn Metrics>().unwrap();
        let gate = Arc::new(Gate::default());
        let of_callback = Arc::clone(&gate);
        registry.on_collect(&metrics, move |metrics| metrics.set_scrapes(of_callback.pass() as u64));
        App { registry, metrics, gate }
    }

    /// With an exposition of some megabytes, which no socket's buffers hold.
    pub fn large() -> Self {
        let app = App::new();
        for n in 0..20_000 {
            app.metrics.requests(&format!("{n:0>200}"));
        }
        app
    }

    pub fn serve(&self) -> Server {
        self.serve_with(Config::default())
    }

    pub fn serve_with(&self, config: Config) -> Server {
        config.serve("127.0.0.1:0", &self.registry).unwrap()
    }
}

/// Counts who passes, and can be closed.
#[derive(Default)]
pub struct Gate {
    passed: AtomicUsize,
    closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    /// Passes as soon as the gate is open; says as which one.
    fn pass(&self) -> usize {
        let passed = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        drop(self.opened.wait_while(self.closed.lock().unwrap(), |closed| *closed).unwrap());
        passed
    }

    /// How many have come, one that waits included.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    pub fn close(&self) {
        *self.closed.lock().unwrap() = true;
    }

    pub fn open(&self) {
        *self.closed.lock().unwrap() = false;
        self.opened.notify_all();
    }

    /// Waits until so many have come.
    pub fn wait_for(&self, passed: usize) {
        while self.passed() < passed {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
