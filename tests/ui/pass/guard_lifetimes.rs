//! A guard keeps labels and text with the lifetimes of its method, named or not.
#![deny(warnings)]
use std::fmt::Display;
use std::time::Duration;
use telemetry::{Label, metrics};
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 8)]
pub struct Tenant<'a>(pub &'a str);
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 8)]
pub struct Reason<'a>(pub &'a str);
#[derive(Label, Clone, Copy, Debug, PartialEq, Eq)]
#[label(cap = 8)]
pub struct Fixed(pub &'static str);
/// M.
#[metrics]
pub trait Metrics {
    /// A.
    #[counter]
    #[up_down_counter(in_flight, name = "running")]
    fn jobs<'a>(&self, tenant: Tenant<'a>, fixed: Fixed, opt: Option<Tenant<'a>>, #[label(cap = 4)] n: u8, #[context] job: u64, #[context] text: &'a str, #[end(default = Reason("x"))] reason: Reason<'a>, #[end] why: Option<Reason<'_>>, #[end] #[context] error: Option<&'a dyn Display>, #[end] #[context] rows: Option<u64>);
    /// B.
    #[histogram(name = "b_took", labels(), value = took)]
    #[guard(start_b, elapsed = took)]
    #[log(skip_zero, on = took)]
    #[histogram(name = "b_waited", labels(), value = waited)]
    fn b(&self, waited: Duration, took: Duration, #[end(default = "none")] #[label(cap = 3)] why: &str);
}
#[metrics(namespace = "fixed")]
/// Types that state `'static` are kept as they are.
pub trait Static {
    /// C.
    #[counter]
    #[up_down_counter(in_flight, name = "c_running")]
    fn c(
        &self,
        tenant: Tenant<'static>,
        #[label(cap = 4)] route: &'static str,
        #[context] text: &'static str,
        #[context] maybe: Option<&'static str>,
        #[end(default = Reason("x"))] reason: Reason<'static>,
    );
}

fn main() {
    let fixed = RecordingStatic::default();
    fixed.start_c(Tenant("t"), "/", "text", None).end(Reason("y"));
    assert_eq!(fixed.c_calls().reason(Reason("y")).count(), 1);

    let mock = RecordingMetrics::default();
    let s = String::from("t");
    let g = mock.start_jobs(Tenant(&s), Fixed("f"), None, 3, 7, format!("text"));
    drop(s);
    let e = std::io::Error::other("boo");
    g.end(Reason(&String::from("y")), None, Some(&e), Some(3));
    drop(mock.start_jobs(Tenant("q"), Fixed("f"), Some(Tenant("z")), 3, 7, "text"));
    let b = mock.start_b(Duration::from_secs(4));
    mock.advance(Duration::from_secs(1));
    b.end("why");
    assert_eq!(mock.jobs_calls().reason(Reason("y")).tenant(Tenant("t")).count(), 1);
    assert_eq!(mock.jobs_calls().reason(Reason("x")).count(), 1);
    assert_eq!(mock.b_calls().last().took, Duration::from_secs(1));
}
