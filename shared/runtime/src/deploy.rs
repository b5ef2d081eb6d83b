//! Runs a use case once per deploy. The event says nothing, and a failure must stop the deploy.

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::{diagnostic, metrics};

/// Serves deploys until the process ends.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn serve<F, R>(run: F) -> anyhow::Result<()>
where
    F: Fn() -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    let service = service_fn(async |_: LambdaEvent<Value>| {
        let outcome = run().await;
        metrics::flush();
        // lambda_runtime logs the error and reports it.
        outcome.map_err(|error| diagnostic("DeployStepFailed", &error))
    });
    lambda_runtime::run(service).await.map_err(anyhow::Error::from_boxed)
}
