//! What an admin's machines ask: whether the server works, and what it does (the text format of Prometheus).

use super::Installation;
use super::headers::{not_found, words};
use crate::programs::Program;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Response, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper bounds in seconds: what a program needs, what a busy disk adds, what a long poll waits.
const SECONDS: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// What has been counted since the start.
#[derive(Clone, Debug)]
pub struct Counts {
    answers: Family<Answer, Counter>,
    seconds: Family<Of, Histogram, fn() -> Histogram>,
    started: SystemTime,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answer {
    program: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Of {
    program: &'static str,
}

impl Default for Counts {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        Self {
            answers: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            started: SystemTime::now(),
        }
    }
}

impl Counts {
    /// A program has answered.
    pub fn answered(&self, program: Program, status: StatusCode, took: Duration) {
        let program = program.name();
        self.answers.get_or_create(&Answer { program, status: status.as_u16() }).inc();
        self.seconds.get_or_create(&Of { program }).observe(took.as_secs_f64());
    }
}

/// Answers `healthz`: 200 as long as the threads can be read.
pub async fn healthz(State(installation): State<Arc<Installation>>) -> Response<Body> {
    match tokio::fs::read_dir(&installation.threads).await {
        Ok(_) => words(StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!("the threads can't be read: {}: {error}", installation.threads.display());
            words(StatusCode::SERVICE_UNAVAILABLE, "The threads can't be read; the log tells more\n")
        }
    }
}

/// Answers `metrics` on the server's own port, if the admin has opened them to everybody.
pub async fn metrics(installation: State<Arc<Installation>>) -> Response<Body> {
    if installation.open_metrics { tell(installation).await } else { not_found() }
}

/// Answers `metrics`.
pub async fn tell(State(installation): State<Arc<Installation>>) -> Response<Body> {
    let mut said = String::new();
    match text::encode(&mut said, &registry(installation)) {
        Ok(()) => {
            let mut response = Response::new(Body::from(said));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FORMAT));
            response
        }
        Err(error) => {
            tracing::error!("the metrics can't be told: {error}");
            words(StatusCode::INTERNAL_SERVER_ERROR, "The metrics can't be told\n")
        }
    }
}

fn registry(installation: Arc<Installation>) -> Registry {
    let mut registry = Registry::default();
    let counts = &installation.counts;
    registry.register("mozchat_answers", "Answers of the programs", counts.answers.clone());
    registry.register("mozchat_answer_seconds", "How long programs took", counts.seconds.clone());
    registry.register_collector(Box::new(Now(installation)));
    registry
}

/// What is as it is, and not counted.
#[derive(Debug)]
struct Now(Arc<Installation>);

impl Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let since = self.0.counts.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let gauges = [
            ("mozchat_hub_connections", "Pages connected to the hub", self.0.hub.connections() as u64),
            ("mozchat_programs_running", "Requests that programs work on", self.0.running() as u64),
            ("process_start_time_seconds", "When the server was started, since 1970", since),
            ("process_resident_memory_bytes", "Memory of the server", resident()),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

/// In bytes; 0 where it can't be known.
fn resident() -> u64 {
    let pages = || fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse::<u64>().ok();
    pages().unwrap_or_default() * rustix::param::page_size() as u64
}
