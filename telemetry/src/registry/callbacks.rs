//! Functions of the user's that run at the beginning of each collection.

use super::record::observed::{self, Observations};
use super::self_metrics::SelfMetrics;
use crate::contain::contained;
use crate::sync::{Entered, Mutex, lock};
use std::any::Any;
use std::cell::Cell;
use std::sync::{Arc, Weak};

/// The callbacks of a registry. The list is shared with readers, and copied when it grows.
#[derive(Default)]
pub struct Callbacks(Mutex<Arc<Vec<Callback>>>);

/// A function, and the objects whose end is its own.
#[derive(Clone)]
pub struct Callback {
    call: Arc<dyn Fn() + Send + Sync>,
    /// The callback lives as long as the registry without owners.
    owners: Vec<Owner>,
}

/// An object that a callback does not outlive.
pub type Owner = Weak<dyn Any + Send + Sync>;

impl Callback {
    pub fn new(call: impl Fn() + Send + Sync + 'static, owners: Vec<Owner>) -> Self {
        Callback { call: Arc::new(call), owners }
    }

    fn is_wanted(&self) -> bool {
        self.owners.iter().all(|owner| owner.strong_count() > 0)
    }
}

impl Callbacks {
    /// Adds a callback, and drops those whose owner is gone.
    pub fn add(&self, callback: Callback) {
        self.replace(|wanted| wanted.push(callback));
    }

    /// Replaces the list by the callbacks that are still wanted, after a change.
    fn replace(&self, change: impl FnOnce(&mut Vec<Callback>)) {
        let replaced = {
            let mut list = lock(&self.0);
            let mut wanted: Vec<_> = list.iter().filter(|callback| callback.is_wanted()).cloned().collect();
            change(&mut wanted);
            std::mem::replace(&mut *list, Arc::new(wanted))
        };
        release(replaced);
    }

    /// Calls all, unless this thread is inside a callback or a source. Counts those that panic. Returns the
    /// observed gauges that they set.
    pub fn call(&self, metrics: &SelfMetrics) -> Observations {
        let called = unless_called_back(|| {
            let list = lock(&self.0).clone();
            let observed = observed::observing(|| {
                for callback in list.iter().filter(|callback| callback.is_wanted()) {
                    let _ = counted(metrics, &*callback.call);
                }
            });
            if !list.iter().all(Callback::is_wanted) {
                self.replace(|_| ());
            }
            release(list);
            observed
        });
        called.unwrap_or_default()
    }
}

/// Drops a list. The last owner drops the functions that no newer list has, each apart: a destructor of the
/// user's may panic, and it may collect, so no lock is held.
fn release(list: Arc<Vec<Callback>>) {
    for callback in Arc::into_inner(list).unwrap_or_default() {
        contained(|| drop(callback));
    }
}

/// Runs `f`, which calls functions of the user's, unless this thread is inside such a call: they may collect
/// themselves.
pub fn unless_called_back<R>(f: impl FnOnce() -> R) -> Option<R> {
    thread_local! {
        static CALLED_BACK: Cell<Option<()>> = const { Cell::new(None) };
    }
    let _entered = Entered::enter(&CALLED_BACK, ())?;
    Some(f())
}

/// Calls a function of the user's. Counts a panic and returns `None` for it.
pub fn counted<T>(metrics: &SelfMetrics, f: &dyn Fn() -> T) -> Option<T> {
    let given = contained(f);
    if given.is_none() {
        metrics.count_panic();
    }
    given
}
