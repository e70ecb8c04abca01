//! The command line and the report, used as a user would.

#[cfg(feature = "cli")]
mod check;
#[cfg(feature = "cli")]
mod check_onnx;
#[cfg(feature = "cli")]
mod check_refused;
#[cfg(feature = "cli")]
mod compare;
#[cfg(feature = "cli")]
mod errors;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod hostile;
#[cfg(all(feature = "cli", unix))]
mod interrupt;
#[cfg(feature = "cli")]
mod learned;
#[cfg(feature = "cli")]
mod lesson;
#[cfg(all(feature = "cli", unix))]
mod limits;
#[cfg(feature = "cli")]
mod probes;
#[cfg(feature = "report")]
mod report_fixture;
#[cfg(feature = "report")]
mod report_page;
#[cfg(feature = "cli")]
mod scale;
#[cfg(feature = "cli")]
mod science;
#[cfg(feature = "cli")]
mod study;
#[cfg(feature = "cli")]
mod support;
#[cfg(feature = "cli")]
mod verify;
